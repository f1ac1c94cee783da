import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanedUp } from './cleanUp.mjs';
import { prepare, repository } from './prepare.mjs';
import { runAloud } from './run.mjs';

const JEST = join(repository, 'node_modules', 'jest', 'bin', 'jest.js');

/** Files at once, where the tests share two cores with servers: an n8n takes both while it starts, and an editor needs one. */
const SIDE_BY_SIDE = { integration: ['--maxWorkers=2'], e2e: ['--runInBand'] };

const here = (command) => command;

/**
 * Prepares a part of the tests (unit, integration, e2e), runs it and counts.
 *
 * @param needs what is prepared instead of what that part needs
 * @param env more variables for the tests; they win over what the set-up found
 * @param enter gets the command as a list and gives the one to start in its place
 * @param stdio as in `spawn`; our own terminal when left out
 * @returns {Promise<{code: number, passed: number, failed: number}>}
 */
export async function runJest(
  part,
  args = [],
  { needs = part, env = {}, enter = here, stdio } = {},
) {
  const found = await prepare(needs);
  const results = mkdtempSync(join(tmpdir(), 'agent-swarm-results-'));
  return await cleanedUp(
    async () => {
      const file = join(results, `${part}.json`);
      const options = ['--ci', '--selectProjects', part, '--json', `--outputFile=${file}`];
      options.push(...(SIDE_BY_SIDE[part] ?? []));
      const bin = part === 'unit' ? process.execPath : found.AGENT_SWARM_NODE;
      const [command, ...all] = enter([bin, JEST, ...options, ...args]);
      const code = await runAloud(command, all, {
        cwd: repository,
        env: { ...process.env, ...found, ...env },
        ...(stdio && { stdio }),
      });
      return { code, ...counted(file, code) };
    },
    () => rmSync(results, { recursive: true, force: true }),
  );
}

function counted(file, code) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    // A file that cannot even be loaded has no tests to count; it is a failure all the same.
    const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
    return { passed: report.numPassedTests, failed };
  } catch {
    // No report: Jest did not get as far as the tests.
    return { passed: 0, failed: code === 0 ? 0 : 1 };
  }
}
