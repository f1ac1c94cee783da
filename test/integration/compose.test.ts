import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { parse } from 'yaml';

import { dockerCompose } from '../support/programs';
import { temporaryFolder, type TemporaryFolder } from '../support/temporaryFolder';

const run = promisify(execFile);
const DEPLOY = join(__dirname, '../../examples/deploy');

interface Service {
  image: string;
  command?: string | string[];
  environment?: Record<string, string>;
  volumes?: string[];
  healthcheck?: object;
  depends_on?: Record<string, { condition: string }>;
}

/** As the compose client reads examples/deploy. No engine is asked. */
describe('examples/deploy/docker-compose.yml', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder('compose');
    await cp(DEPLOY, folder.path, { recursive: true });
  });
  afterEach(() => folder.remove());

  const config = async () => {
    const { stdout } = await run(dockerCompose(), ['config'], { cwd: folder.path });
    return parse(stdout) as { services: Record<string, Service>; volumes: object };
  };
  const fillIn = async () => {
    const example = await readFile(join(DEPLOY, '.env.example'), 'utf8');
    await writeFile(join(folder.path, '.env'), example.replace(/=$/gm, '=secret'));
  };

  it('is taken by the compose client once .env is filled in, and names what is missing before', async () => {
    await cp(join(DEPLOY, '.env.example'), join(folder.path, '.env'));
    await expect(config()).rejects.toThrow(/set it in \.env/);
    await fillIn();
    const { services } = await config();
    const names = ['n8n', 'pack', 'postgres', 'rabbitmq', 'redis', 'worker'];
    expect(Object.keys(services).sort()).toEqual(names);
  });

  it('gives every process of n8n the same pack, database, queue and key, once the servers are healthy', async () => {
    await fillIn();
    const { services } = await config();
    const { n8n, worker, pack } = services as Record<'n8n' | 'worker' | 'pack', Service>;
    const shared = ['EXECUTIONS_MODE', 'N8N_ENCRYPTION_KEY', 'DB_POSTGRESDB_HOST'].concat([
      'QUEUE_BULL_REDIS_HOST',
      'N8N_GRACEFUL_SHUTDOWN_TIMEOUT',
    ]);
    for (const name of shared) {
      expect(n8n.environment?.[name]).toBeDefined();
      expect(worker.environment?.[name]).toBe(n8n.environment?.[name]);
    }
    expect(worker.image).toBe(n8n.image);
    const nodesOf = ({ volumes = [] }: Service) =>
      volumes.filter((one) => one.startsWith('nodes:'));
    expect(nodesOf(n8n)).toEqual([expect.stringContaining('/home/node/.n8n/nodes')]);
    expect(nodesOf(worker)).toEqual(nodesOf(n8n));
    expect(nodesOf(pack)).toHaveLength(1);
    expect(JSON.stringify(pack.command)).toContain('n8n-nodes-agent-swarm@');
    for (const [name, { condition }] of Object.entries(n8n.depends_on ?? {})) {
      const wanted = name === 'pack' ? 'service_completed_successfully' : 'service_healthy';
      expect([name, condition]).toEqual([name, wanted]);
      if (name !== 'pack') expect(services[name]?.healthcheck).toBeDefined();
    }
  });

  it('keeps what tasks need through a restart', async () => {
    await fillIn();
    const { services } = await config();
    const { redis, rabbitmq } = services;
    expect(String(redis?.command)).toMatch(/appendonly yes.*noeviction/);
    expect(redis?.volumes).toHaveLength(1);
    expect(rabbitmq?.volumes).toHaveLength(1);
  });
});
