import { existsSync } from 'node:fs';
import { statfs, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { aptInstall, canUseApt } from './apt.mjs';
import { cacheFolder, installedOnce } from './cache.mjs';
import { hasProgram } from './places.mjs';
import { npm } from './run.mjs';
import { step } from './say.mjs';

/** What the pack is made and tested for. `npm run test:matrix` has the oldest and the newest beside it. */
export const N8N_VERSION = '2.40.7';
const NEEDED_BYTES = 4e9;

const MANIFEST = {
  private: true,
  overrides: {
    // Not in every registry; n8n uses of it what the older cssom has as well.
    cssomnom: 'npm:cssom@0.5.0',
    // Older n8n take a later one from its maker's own server, for the node that reads spreadsheets.
    xlsx: '0.18.5',
  },
};

const nameOf = (version) => `n8n-${version}`;
const hasN8n = (folder) => existsSync(join(folder, 'node_modules', 'n8n', 'bin', 'n8n'));

/** Says where the usual one is, for those who have it already. */
const named = (version) =>
  version === N8N_VERSION ? process.env.AGENT_SWARM_N8N || undefined : undefined;

/** The folder whose node_modules hold n8n, if it is there; nothing is installed. */
export function findN8n(version = N8N_VERSION) {
  const folder = named(version) ?? join(cacheFolder(), nameOf(version));
  return hasN8n(folder) ? folder : undefined;
}

export const n8nNotice = (version = N8N_VERSION) =>
  findN8n(version) ? undefined : `n8n ${version}: 2.8 GB under ${cacheFolder()}, about 5 minutes`;

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
export async function n8nHost(node, version = N8N_VERSION) {
  const found = findN8n(version);
  if (found) return found;
  if (named(version)) throw new Error(`There is no n8n in AGENT_SWARM_N8N=${named(version)}`);
  return await installedOnce(nameOf(version), async (folder) => {
    await mustHaveRoom(folder);
    await writeFile(join(folder, 'package.json'), JSON.stringify(MANIFEST));
    const spec = `n8n@${version}`;
    await step(`Installing ${spec} (2.8 GB, about 5 minutes)`, () =>
      npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', spec], {
        cwd: folder,
      }),
    );
    await step('Building its sqlite3', () => buildSqlite(folder, node));
  });
}
