import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cleanedUp } from './cleanUp.mjs';
import { say } from './say.mjs';

const HEARTBEAT_MS = 5_000;
const STALE_MS = 30_000;

/** Where set-up keeps what it installs; shared by all clones of the repository. */
export function cacheFolder(env = process.env) {
  if (env.AGENT_SWARM_CACHE) return env.AGENT_SWARM_CACHE;
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'n8n-nodes-agent-swarm');
}

const age = async (file) => Date.now() - (await stat(file)).mtimeMs;

/** One at a time among processes; who dies with the lock in hand loses it after half a minute. */
export async function withLock(name, act, folder = cacheFolder()) {
  const file = join(folder, `${name}.lock`);
  await mkdir(folder, { recursive: true });
  for (let told = false; ;) {
    try {
      await (await open(file, 'wx')).close();
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if ((await age(file).catch(() => 0)) > STALE_MS) {
      await rm(file, { force: true });
      continue;
    }
    if (!told) say(`Another process is installing ${name}: waiting for it`);
    told = true;
    await delay(500);
  }
  const beat = setInterval(
    () => utimes(file, new Date(), new Date()).catch(() => {}),
    HEARTBEAT_MS,
  );
  return await cleanedUp(act, () => {
    clearInterval(beat);
    rmSync(file, { force: true });
  });
}

/**
 * Fills a folder of the cache once. It is filled under another name and renamed when whole, so a
 * folder that has its name is complete, whoever was interrupted; the lock only saves double work.
 */
export async function installedOnce(name, fill, folder = cacheFolder()) {
  const target = join(folder, name);
  if (existsSync(target)) return target;
  return await withLock(
    name,
    async () => {
      if (existsSync(target)) return target;
      const partial = await mkdtemp(join(folder, `.${name}-`));
      const filled = async () => {
        await fill(partial);
        await rename(partial, target).catch((error) => {
          if (!existsSync(target)) throw error;
        });
        return target;
      };
      return await cleanedUp(filled, () => rmSync(partial, { recursive: true, force: true }));
    },
    folder,
  );
}
