import { join } from 'node:path';
import { buildCommands } from './setup/build.mjs';
import { runJest } from './setup/jest.mjs';
import { announce, prepare, repository } from './setup/prepare.mjs';
import { runAloud } from './setup/run.mjs';
import { seconds } from './setup/say.mjs';

const TESTS = ['unit', 'integration', 'e2e'];
const began = Date.now();
const tool = (path) => join(repository, 'node_modules', path);

/** Runs programs of Node's in turn up to the first that fails. */
const inTurn =
  (...commands) =>
  async () => {
    for (const command of commands) {
      const code = await runAloud(process.execPath, command, { cwd: repository });
      if (code !== 0) return code;
    }
    return 0;
  };
const CHECKS = {
  types: inTurn([tool('typescript/bin/tsc'), '-p', 'tsconfig.json', '--noEmit']),
  lint: inTurn(
    [tool('eslint/bin/eslint.js'), '.'],
    [tool('prettier/bin/prettier.cjs'), '--check', '.'],
  ),
  build: inTurn(...buildCommands(repository)),
};

const totals = { passed: 0, failed: 0 };

async function jest(part, args) {
  const { code, passed, failed } = await runJest(part, args);
  totals.passed += passed;
  totals.failed += failed;
  return code;
}

function stagesOf(part, args) {
  const tests = (name) => [name, () => jest(name, args)];
  if (part === 'unit') return [tests('unit')];
  // Integration and e2e load what was built.
  if (part) return [['build', CHECKS.build], tests(part)];
  return [...Object.entries(CHECKS), ...TESTS.map(tests)];
}

/** A set-up that failed ends like tests that failed: with the summary. */
function tell(error) {
  console.error(error.message);
  return 1;
}

async function main([first, ...rest]) {
  const part = TESTS.includes(first) ? first : undefined;
  if (first && !part) {
    process.stderr.write(`Usage: node scripts/test.mjs [${TESTS.join('|')}] [Jest arguments]\n`);
    return 2;
  }
  announce(part ? [part] : TESTS);
  await prepare('unit');
  const summary = [];
  let code = 0;
  for (const [name, run] of stagesOf(part, rest)) {
    const since = Date.now();
    console.log(`\n=== ${name} (${seconds(began)} since the start)`);
    code = await run().catch(tell);
    summary.push(`${name} ${code === 0 ? 'ok' : `FAILED (exit ${code})`} in ${seconds(since)}`);
    if (code !== 0) break;
  }
  console.log(`\n=== ${summary.join(', ')}; ${seconds(began)} in all`);
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  return code;
}

process.exitCode = await main(process.argv.slice(2)).catch(tell);
