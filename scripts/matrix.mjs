import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPack } from './setup/build.mjs';
import { cleanedUp } from './setup/cleanUp.mjs';
import { runJest } from './setup/jest.mjs';
import { n8nHost, n8nNotice } from './setup/n8nHost.mjs';
import { node24 } from './setup/node24.mjs';
import { announce, prepare, repository } from './setup/prepare.mjs';
import { say, step } from './setup/say.mjs';
import { endWith } from './setup/tool.mjs';
import { trixie, trixieNotice } from './setup/trixie.mjs';

/** The oldest n8n that the pack runs on, and the newest that could be had. */
const OLDEST_N8N = '2.0.0';
const NEWEST_N8N = '2.41.1';
const SMOKE = 'test/e2e/(trigger|words|gate)\\.single\\.test\\.ts$';

/** The servers that the integration suite shares; RabbitMQ and Redis of this machine where nothing else is said. */
const onServers = (servers = () => ({}), notice = () => undefined) => ({
  notice,
  stage: 'integration',
  run: async (env, options) => {
    const set = await servers();
    return await runJest('integration', [], {
      ...{ ...options, ...set },
      env: { ...env, ...set.env },
    });
  },
});

/** Some of the end-to-end tests in another n8n, in one process, on the servers of this machine. */
const onN8n = (version) => ({
  notice: () => n8nNotice(version),
  stage: 'smoke',
  n8n: `n8n ${version}`,
  run: async (env, options) => {
    const host = await n8nHost(await node24(), version);
    return await runJest('e2e', [SMOKE], {
      ...options,
      needs: 'smoke',
      env: { ...env, AGENT_SWARM_N8N: host },
    });
  },
});

const CELLS = {
  'rabbitmq-3.10-redis-7.0': onServers(),
  'rabbitmq-4.0-valkey-8': onServers(trixie, trixieNotice),
  'rabbitmq-cluster': onServers(() => ({ env: { AGENT_SWARM_TEST_BROKER: 'cluster' } })),
  'redis-cluster': onServers(() => ({ env: { AGENT_SWARM_TEST_STORE: 'cluster' } })),
  'redis-sentinel': onServers(() => ({ env: { AGENT_SWARM_TEST_STORE: 'sentinel' } })),
  'n8n-oldest': onN8n(OLDEST_N8N),
  'n8n-newest': onN8n(NEWEST_N8N),
};
const NAMES = Object.keys(CELLS);

const USAGE = `npm run test:matrix -- [NAME ...] [--json]; names: ${NAMES.join(', ')}`;

/** Standard output is the result's alone, so that `--json` can be piped on. */
const STDIO = ['ignore', 2, 2];

/** @param file where the tests say which servers they had */
async function runCell(cell, file) {
  const began = Date.now();
  const outcome = async () => {
    const { run, n8n } = CELLS[cell];
    const env = { AGENT_SWARM_TEST_VERSIONS: file };
    const { code, passed, failed } = await run(env, { stdio: STDIO });
    // Jest may fail beside its tests, too: when it is interrupted, or its servers cannot be had.
    return { passed, failed: code === 0 ? failed : Math.max(failed, 1), n8n, ...versionsIn(file) };
  };
  const result = await outcome().catch(({ message }) => ({ passed: 0, failed: 1, error: message }));
  return { cell, ...result, seconds: Math.round((Date.now() - began) / 1000) };
}

function versionsIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

function line({ cell, passed, failed, seconds, n8n, broker, store, error }) {
  const servers = error ?? [n8n, broker, store].filter(Boolean).join(', ');
  return `${cell.padEnd(24)} ${passed} passed, ${failed} failed, ${seconds} s: ${servers}`;
}

async function runAll(cells) {
  const folder = mkdtempSync(join(tmpdir(), 'agent-swarm-matrix-'));
  return await cleanedUp(
    async () => {
      const results = [];
      for (const [index, cell] of cells.entries()) {
        say(`\n=== ${cell} (${index + 1} of ${cells.length})`);
        results.push(await runCell(cell, join(folder, `${cell}.json`)));
        say(line(results.at(-1)));
      }
      return results;
    },
    () => rmSync(folder, { recursive: true, force: true }),
  );
}

async function main(args) {
  const options = { json: { type: 'boolean', default: false } };
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const unknown = positionals.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) {
    say(`There is no cell ${unknown.join(', ')}. ${USAGE}`);
    return 2;
  }
  const cells = positionals.length > 0 ? positionals : NAMES;
  announce(
    cells.map((cell) => CELLS[cell].stage),
    cells.map((cell) => CELLS[cell].notice()),
  );
  await prepare('unit');
  await step('Building the pack', () => buildPack(repository));
  const results = await runAll(cells);
  const failed = results.filter((result) => result.failed > 0).length;
  if (values.json) console.log(JSON.stringify({ test: 'matrix', cells: results, failed }));
  else console.log(`\n${results.map(line).join('\n')}`);
  return failed === 0 ? 0 : 1;
}

await endWith(main(process.argv.slice(2)));
