import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dependencies } from './dependencies.mjs';
import { n8nHost, n8nNotice } from './n8nHost.mjs';
import { findNode24, node24, nodePackage } from './node24.mjs';
import { say } from './say.mjs';
import { servers, serversNotice } from './servers.mjs';

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** What each stage needs beside node_modules. */
const NEEDS = {
  unit: { servers: [] },
  integration: { node: true, servers: ['rabbitmq', 'redis'] },
  e2e: { node: true, n8n: true, servers: ['rabbitmq', 'redis', 'postgres'] },
};

/** Says, before anything happens, what the stages will install and how large it is; `more` says what else will be. */
export function announce(stages, more = []) {
  const needs = stages.map((stage) => NEEDS[stage]);
  const names = [...new Set(needs.flatMap((need) => need.servers))];
  const notices = [
    needs.some(({ node }) => node) && !findNode24() && `Node ${nodePackage().version}: 200 MB`,
    needs.some(({ n8n }) => n8n) && n8nNotice(),
    serversNotice(names),
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
  const found = await servers(needs.servers);
  const node = needs.node ? await node24() : undefined;
  if (node) found.AGENT_SWARM_NODE = node.bin;
  if (needs.n8n) found.AGENT_SWARM_N8N = await n8nHost(node);
  return found;
}
