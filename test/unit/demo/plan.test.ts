import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporaryFolder';

type Plan = Record<'rabbitmq' | 'redis', { kind: string; url?: string; missing?: boolean }>;

const { planServers, serverNotices } = jest.requireActual<{
  planServers(env: NodeJS.ProcessEnv): Promise<Plan>;
  serverNotices(plan: Plan): string[];
}>('../../../scripts/demo/plan.mjs');

describe('where the demo takes its servers from', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder('docker');
  });
  afterEach(() => folder.remove());
  const plan = (env: NodeJS.ProcessEnv = {}) => planServers({ PATH: folder.path, ...env });
  const dockerSays = async (script: string) => {
    const program = join(folder.path, 'docker');
    await writeFile(program, `#!/bin/sh\n${script}\n`);
    await chmod(program, 0o755);
  };

  it('a URL goes before everything else', async () => {
    await dockerSays('exit 0');
    const given = { RABBITMQ_URL: 'amqps://host/vhost', REDIS_URL: 'redis://host:6380/2' };
    expect(await plan(given)).toEqual({
      rabbitmq: { kind: 'url', url: 'amqps://host/vhost' },
      redis: { kind: 'url', url: 'redis://host:6380/2' },
    });
  });

  it('a URL of another kind is refused in one sentence that names it', async () => {
    const wrong = plan({ RABBITMQ_URL: 'localhost:5672' });
    await expect(wrong).rejects.toThrow(
      'RABBITMQ_URL must be a URL that begins with amqp:// or amqps://',
    );
  });

  it('Docker serves when its daemon answers, and says what it will download', async () => {
    await dockerSays('[ "$1" = version ]');
    const planned = await plan();
    expect(planned.rabbitmq).toEqual({ kind: 'docker', image: 'rabbitmq:4', missing: true });
    expect(serverNotices(planned)).toEqual([
      'Docker image rabbitmq:4: about 110 MB',
      'Docker image redis:8: about 50 MB',
    ]);
  });

  it('a Docker client without a daemon is as good as none', async () => {
    await dockerSays('echo "Cannot connect to the Docker daemon" >&2; exit 1');
    expect(await plan()).toEqual({
      rabbitmq: { kind: 'local' },
      redis: { kind: 'local' },
    });
  });

  it('without Docker and URLs programs of this machine serve', async () => {
    expect(await plan()).toEqual({
      rabbitmq: { kind: 'local' },
      redis: { kind: 'local' },
    });
  });

  it('programs that were named go before Docker', async () => {
    await dockerSays('exit 0');
    const { rabbitmq, redis } = await plan({ AGENT_SWARM_REDIS_BIN: '/opt/redis/bin' });
    expect([rabbitmq.kind, redis.kind]).toEqual(['docker', 'local']);
  });
});
