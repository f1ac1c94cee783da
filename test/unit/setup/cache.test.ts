import { access, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporaryFolder';

const { cacheFolder, installedOnce, withLock } = jest.requireActual<{
  cacheFolder(env: Record<string, string>): string;
  installedOnce(name: string, fill: (to: string) => Promise<void>, cache: string): Promise<string>;
  withLock<T>(name: string, act: () => Promise<T>, cache: string): Promise<T>;
}>('../../../scripts/setup/cache.mjs');

describe('the cache of the set-up', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder('cache');
  });
  afterEach(() => folder.remove());

  it('is where AGENT_SWARM_CACHE says, else under XDG_CACHE_HOME', () => {
    const xdg = { XDG_CACHE_HOME: '/xdg' };
    expect(cacheFolder({ ...xdg, AGENT_SWARM_CACHE: '/own' })).toBe('/own');
    expect(cacheFolder(xdg)).toBe('/xdg/n8n-nodes-agent-swarm');
    expect(cacheFolder({})).toMatch(/\.cache\/n8n-nodes-agent-swarm$/);
  });

  it('fills a folder once, however many ask at the same time', async () => {
    let fills = 0;
    const fill = async (to: string) => {
      fills += 1;
      await writeFile(join(to, 'whole'), 'yes');
    };
    const all = await Promise.all([1, 2, 3].map(() => installedOnce('thing', fill, folder.path)));
    expect(new Set(all)).toEqual(new Set([join(folder.path, 'thing')]));
    expect(fills).toBe(1);
    expect(await readFile(join(folder.path, 'thing', 'whole'), 'utf8')).toBe('yes');
    expect(await readdir(folder.path)).toEqual(['thing']);
  });

  it('leaves nothing behind when filling fails, and the next one starts afresh', async () => {
    const broken = async (to: string) => {
      await writeFile(join(to, 'half'), '');
      throw new Error('network');
    };
    await expect(installedOnce('thing', broken, folder.path)).rejects.toThrow('network');
    expect(await readdir(folder.path)).toEqual([]);
    const path = await installedOnce('thing', (to) => mkdir(join(to, 'a')).then(), folder.path);
    await access(join(path, 'a'));
  });

  it('takes a lock over whose holder has died', async () => {
    const lock = join(folder.path, 'thing.lock');
    await writeFile(lock, '');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lock, longAgo, longAgo);
    expect(await withLock('thing', async () => 'mine', folder.path)).toBe('mine');
    expect(await readdir(folder.path)).toEqual([]);
  });
});
