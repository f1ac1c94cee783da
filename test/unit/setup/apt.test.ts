import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporaryFolder';

const { withoutServiceStarts } = jest.requireActual<{
  withoutServiceStarts<T>(act: () => Promise<T>, policy: string): Promise<T>;
}>('../../../scripts/setup/apt.mjs');

describe('while packages are installed', () => {
  let folder: TemporaryFolder;
  let policy: string;
  beforeEach(async () => {
    folder = await temporaryFolder('policy');
    policy = join(folder.path, 'policy-rc.d');
  });
  afterEach(() => folder.remove());

  it('service starts are denied, and allowed again afterwards', async () => {
    const code = await withoutServiceStarts(
      () => new Promise((resolve) => execFile(policy).once('exit', resolve)),
      policy,
    );
    expect(code).toBe(101);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('a policy that was there is back, even when the installation fails', async () => {
    await writeFile(policy, 'theirs');
    const failing = withoutServiceStarts(() => Promise.reject(new Error('apt')), policy);
    await expect(failing).rejects.toThrow('apt');
    expect(await readFile(policy, 'utf8')).toBe('theirs');
  });

  it('a policy that a killed run had put aside is the one that comes back', async () => {
    await writeFile(policy, 'ours, left behind');
    await writeFile(`${policy}.agent-swarm-saved`, 'theirs');
    await withoutServiceStarts(async () => undefined, policy);
    expect(await readFile(policy, 'utf8')).toBe('theirs');
    expect(await readdir(folder.path)).toEqual(['policy-rc.d']);
  });

  it('an interrupted installation leaves no policy behind', async () => {
    const apt = join(__dirname, '..', '..', '..', 'scripts', 'setup', 'apt.mjs');
    const script = `
      import { withoutServiceStarts } from ${JSON.stringify(apt)};
      await withoutServiceStarts(() => {
        setTimeout(() => {}, 60_000);
        console.log('installing');
        return new Promise(() => {});
      }, ${JSON.stringify(policy)});`;
    const child = execFile(process.execPath, ['--input-type=module', '-e', script]);
    const exited = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.kill('SIGINT');
    expect(await exited).toBe(130);
    expect(await readdir(folder.path)).toEqual([]);
  });
});
