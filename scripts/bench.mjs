import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildPack } from './setup/build.mjs';
import { announce, prepare, repository } from './setup/prepare.mjs';
import { runAloud } from './setup/run.mjs';
import { step } from './setup/say.mjs';

const folder = join(repository, 'test', 'bench');
const tool = (path) => join(repository, 'node_modules', path);

function benches() {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => basename(file, '.ts'));
  } catch {
    return [];
  }
}

/** Standard output is the bench's alone, so that `--json` can be piped on. */
async function main([name, ...args]) {
  if (!benches().includes(name)) {
    const unknown = name ? `There is no bench ${name}. ` : '';
    console.error(`${unknown}npm run bench -- <name> [arguments]; names: ${benches().join(', ')}`);
    return 2;
  }
  announce(['e2e']);
  const env = { ...process.env, ...(await prepare('e2e')) };
  await step('Building the pack', () => buildPack(repository));
  const bench = [tool('tsx/dist/cli.mjs'), join(folder, `${name}.ts`), ...args];
  return await runAloud(env.AGENT_SWARM_NODE, bench, { cwd: repository, env });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
