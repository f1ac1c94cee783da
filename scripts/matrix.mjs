import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPack } from './setup/build.mjs';
import { cleanedUp } from './setup/cleanUp.mjs';
import { runJest } from './setup/jest.mjs';
import { announce, prepare, repository } from './setup/prepare.mjs';
import { say, step } from './setup/say.mjs';
import { endWith } from './setup/tool.mjs';
import { trixie, trixieNotice } from './setup/trixie.mjs';

/** The servers that the integration suite shares, one set a cell; RabbitMQ and Redis of this machine where nothing else is said. */
const CELLS = {
  'rabbitmq-3.10-redis-7.0': () => ({}),
  'rabbitmq-4.0-valkey-8': trixie,
  'rabbitmq-cluster': () => ({ env: { AGENT_SWARM_TEST_BROKER: 'cluster' } }),
  'redis-cluster': () => ({ env: { AGENT_SWARM_TEST_STORE: 'cluster' } }),
  'redis-sentinel': () => ({ env: { AGENT_SWARM_TEST_STORE: 'sentinel' } }),
};
const NAMES = Object.keys(CELLS);
const NOTICES = { 'rabbitmq-4.0-valkey-8': trixieNotice };

const USAGE = `npm run test:matrix -- [NAME ...] [--json]; names: ${NAMES.join(', ')}`;

/** Standard output is the result's alone, so that `--json` can be piped on. */
const STDIO = ['ignore', 2, 2];

/** @param file where the tests say which servers they had */
async function runCell(cell, file) {
  const began = Date.now();
  const outcome = async () => {
    const { env, enter } = await CELLS[cell]();
    const told = { ...env, AGENT_SWARM_TEST_VERSIONS: file };
    const { code, passed, failed } = await runJest('integration', [], {
      env: told,
      enter,
      stdio: STDIO,
    });
    // Jest may fail beside its tests, too: when it is interrupted, or its servers cannot be had.
    return { passed, failed: code === 0 ? failed : Math.max(failed, 1), ...versionsIn(file) };
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

function line({ cell, passed, failed, seconds, broker, store, error }) {
  const servers = error ?? [broker, store].filter(Boolean).join(', ');
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
    ['integration'],
    cells.map((cell) => NOTICES[cell]?.()),
  );
  await prepare('integration');
  await step('Building the pack', () => buildPack(repository));
  const results = await runAll(cells);
  const failed = results.filter((result) => result.failed > 0).length;
  if (values.json) console.log(JSON.stringify({ test: 'matrix', cells: results, failed }));
  else console.log(`\n${results.map(line).join('\n')}`);
  return failed === 0 ? 0 : 1;
}

await endWith(main(process.argv.slice(2)));
