import { existsSync } from 'node:fs';
import { statfs, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { aptInstall, canUseApt } from './apt.mjs';
import { cacheFolder, installedOnce } from './cache.mjs';
import { hasProgram } from './places.mjs';
import { npm } from './run.mjs';
import { step } from './say.mjs';

export const N8N_VERSION = '2.40.7';
const NAME = `n8n-${N8N_VERSION}`;
const NEEDED_BYTES = 4e9;

const MANIFEST = {
  private: true,
  // A package of its tree that cannot be had; n8n uses of it what the older cssom has as well.
  overrides: { cssomnom: 'npm:cssom@0.5.0' },
};

const hasN8n = (folder) => existsSync(join(folder, 'node_modules', 'n8n', 'bin', 'n8n'));

/** The folder whose node_modules hold n8n, if it is there; nothing is installed. */
export function findN8n() {
  const folder = process.env.AGENT_SWARM_N8N || join(cacheFolder(), NAME);
  return hasN8n(folder) ? folder : undefined;
}

export const n8nNotice = () =>
  findN8n() ? undefined : `n8n ${N8N_VERSION}: 2.8 GB under ${cacheFolder()}, about 5 minutes`;

async function mustHaveRoom(folder) {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize > NEEDED_BYTES) return;
  const free = (bavail * bsize) / 1e9;
  throw new Error(
    `n8n needs 4 GB while it installs and ${folder} has ${free.toFixed(1)} GB free: ` +
      'make room, or name another folder in AGENT_SWARM_CACHE.',
  );
}

/** The one native module that n8n cannot do without. Prebuilt if it can be downloaded, else compiled. */
async function buildSqlite(folder, node) {
  const env = { PATH: [dirname(node.bin), process.env.PATH].join(delimiter) };
  if (existsSync(join(node.dir, 'include', 'node', 'node.h'))) env.npm_config_nodedir = node.dir;
  const build = () => npm(['rebuild', 'sqlite3', '--ignore-scripts=false'], { cwd: folder, env });
  try {
    await build();
  } catch (error) {
    const missing = ['python3', 'make', 'g++'].filter((name) => !hasProgram(name));
    if (missing.length === 0) throw error;
    if (!canUseApt()) {
      throw new Error(`sqlite3 must be compiled: install ${missing.join(', ')}`, { cause: error });
    }
    await aptInstall(missing);
    await build();
  }
}

/** n8n in a folder of the cache. Without install scripts: one of its packages would download a library. */
export async function n8nHost(node) {
  const found = findN8n();
  if (found) return found;
  if (process.env.AGENT_SWARM_N8N) {
    throw new Error(`There is no n8n in AGENT_SWARM_N8N=${process.env.AGENT_SWARM_N8N}`);
  }
  return await installedOnce(NAME, async (folder) => {
    await mustHaveRoom(folder);
    await writeFile(join(folder, 'package.json'), JSON.stringify(MANIFEST));
    const spec = `n8n@${N8N_VERSION}`;
    await step(`Installing ${spec} (2.8 GB, about 5 minutes)`, () =>
      npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', spec], {
        cwd: folder,
      }),
    );
    await step('Building its sqlite3', () => buildSqlite(folder, node));
  });
}
