import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dependencies } from './dependencies.mjs';
import { n8nHost, n8nNotice } from './n8nHost.mjs';
import { findNode24, node24, nodePackage } from './node24.mjs';
import { programs, programsNotice } from './programs.mjs';
import { say } from './say.mjs';

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** What each stage needs beside node_modules. */
const NEEDS = {
  unit: { programs: [] },
  integration: {
    node: true,
    programs: ['rabbitmq', 'redis', 'postgres', 'swift', 'compose', 'prometheus'],
  },
  e2e: { node: true, n8n: true, programs: ['rabbitmq', 'redis', 'postgres', 'chromium'] },
  // Some of e2e on an n8n that somebody else names.
  smoke: { node: true, programs: ['rabbitmq', 'redis'] },
  // Benches and chaos.
  tool: { node: true, n8n: true, programs: ['rabbitmq', 'redis', 'postgres'] },
};

/** Says, before anything happens, what the stages will install and how large it is; `more` says what else will be. */
export function announce(stages, more = []) {
  const needs = stages.map((stage) => NEEDS[stage]);
  const names = [...new Set(needs.flatMap((need) => need.programs))];
  const notices = [
    needs.some(({ node }) => node) && !findNode24() && `Node ${nodePackage().version}: 200 MB`,
    needs.some(({ n8n }) => n8n) && n8nNotice(),
    programsNotice(names),
    ...more,
  ].filter(Boolean);
  if (notices.length === 0) return;
  say('What is not there yet will be installed first:');
  for (const notice of notices) say(`  ${notice}`);
}

/** Installs what a stage needs and returns the variables by which the later programs find it. */
export async function prepare(stage) {
  await dependencies(repository);
  const needs = NEEDS[stage];
  const found = await programs(needs.programs);
  const node = needs.node ? await node24() : undefined;
  if (node) found.AGENT_SWARM_NODE = node.bin;
  if (needs.n8n) found.AGENT_SWARM_N8N = await n8nHost(node);
  return found;
}
