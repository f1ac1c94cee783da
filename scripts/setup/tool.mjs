import { join } from 'node:path';
import { buildPack } from './build.mjs';
import { announce, prepare, repository } from './prepare.mjs';
import { runAloud } from './run.mjs';
import { step } from './say.mjs';

/**
 * Builds the pack and runs a program of `test/` beside all that its stage needs. Standard output is the program's alone: it may print
 * JSON.
 */
export async function runTool(file, args, stage = 'tool') {
  announce([stage]);
  const env = { ...process.env, ...(await prepare(stage)) };
  await step('Building the pack', () => buildPack(repository));
  const tsx = join(repository, 'node_modules', 'tsx', 'dist', 'cli.mjs');
  const all = [tsx, join(repository, 'test', file), ...args];
  return await runAloud(env.AGENT_SWARM_NODE, all, { cwd: repository, env });
}

/** For the last line of a script: its exit code, or what went wrong. */
export async function endWith(running) {
  try {
    process.exitCode = await running;
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
