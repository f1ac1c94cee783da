import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startContainer } from '../../../scripts/demo/docker';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporaryFolder';

describe('a container of the demo', () => {
  const path = process.env.PATH;
  let folder: TemporaryFolder;
  let said: string;
  beforeEach(async () => {
    folder = await temporaryFolder('docker');
    said = join(folder.path, 'said');
    process.env.PATH = `${folder.path}:${path}`;
  });
  afterEach(async () => {
    process.env.PATH = path;
    await folder.remove();
  });
  const dockerAnswersPort = async (answer: string) => {
    const program = join(folder.path, 'docker');
    const script = `echo "$*" >> '${said}'\n[ "$1" = port ] && printf '${answer}'\nexit 0\n`;
    await writeFile(program, `#!/bin/sh\n${script}`);
    await chmod(program, 0o755);
  };
  const commands = async () => (await readFile(said, 'utf8')).trim().split('\n');

  it('is reachable from this machine only, on a port that Docker chose, and goes without a trace', async () => {
    await dockerAnswersPort('127.0.0.1:49153\\n');
    const container = await startContainer('redis:8', 6379);
    expect(container.port).toBe(49153);
    await container.remove();
    const [started, , removed] = await commands();
    const name = /--name (agent-swarm-demo-\S+)/.exec(started ?? '')?.[1];
    expect(started).toBe(`run --detach --rm --name ${name} --publish 127.0.0.1::6379 redis:8`);
    expect(removed).toBe(`rm --force --volumes ${name}`);
  });

  it('is removed when Docker does not say where it is', async () => {
    await dockerAnswersPort('');
    await expect(startContainer('redis:8', 6379)).rejects.toThrow('Docker names no port');
    expect((await commands()).at(-1)).toMatch(/^rm --force/);
  });
});
