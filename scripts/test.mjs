import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCommands } from './setup/build.mjs';
import { announce, prepare, repository } from './setup/prepare.mjs';
import { runAloud } from './setup/run.mjs';
import { seconds } from './setup/say.mjs';

const TESTS = ['unit', 'integration', 'e2e'];
const began = Date.now();
const tool = (path) => join(repository, 'node_modules', path);
const node = (args, { bin = process.execPath, env = {} } = {}) =>
  runAloud(bin, args, { cwd: repository, env: { ...process.env, ...env } });

/** Runs commands in turn up to the first that fails. */
const inTurn =
  (...commands) =>
  async () => {
    for (const command of commands) {
      const code = await node(command);
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

const results = mkdtempSync(join(tmpdir(), 'agent-swarm-results-'));
process.once('exit', () => rmSync(results, { recursive: true, force: true }));
const totals = { passed: 0, failed: 0 };

function count(file, code) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    totals.passed += report.numPassedTests;
    // A file that cannot even be loaded has no tests to count; it is a failure all the same.
    totals.failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
  } catch {
    // No report: Jest did not get as far as the tests.
    totals.failed += code === 0 ? 0 : 1;
  }
}

async function jest(part, args) {
  const env = await prepare(part);
  const file = join(results, `${part}.json`);
  const options = ['--ci', '--selectProjects', part, '--json', `--outputFile=${file}`];
  // One file after the other where they share two cores with brokers and n8n.
  if (part !== 'unit') options.push('--runInBand');
  const bin = part === 'unit' ? process.execPath : env.AGENT_SWARM_NODE;
  const code = await node([tool('jest/bin/jest.js'), ...options, ...args], { bin, env });
  count(file, code);
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
