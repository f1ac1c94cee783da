import { agentSwarm } from '../../../src/cli/agentSwarm';
import { Budgets } from '../../../src/budget/budgets';
import type { Sight } from '../../../src/observe/look';
import { withStore } from '../../../src/store/pool';
import { integrationServers } from '../../support/integrationServers';
import { storeFlags } from '../../support/storeAddress';
import { newWorld, type World } from '../../support/world';

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.end());

async function top(
  flags: readonly string[],
  draw?: (text: string) => void,
  stopped?: AbortSignal,
): Promise<{ code: number; out: string }> {
  const redis = [...storeFlags(integrationServers().store), '--prefix', world.keys.prefix];
  let out = '';
  const code = await agentSwarm({
    argv: ['node', 'agent-swarm', 'top', ...redis, ...flags],
    env: { RABBITMQ_URL: world.vhostUrl },
    out: (text) => (out += text),
    error: (text) => (out += text),
    draw,
    stop: stopped && (() => stopped),
  });
  return { code, out };
}

const row = (screen: string, name: string): string[] =>
  screen
    .split('\n')
    .find((line) => line.startsWith(name))
    ?.trim()
    .split(/ {2,}/) ?? [];

test('one look, for a person and for a machine', async () => {
  const { settled } = await world.consume({ queue: 'documents' });
  await world.plain.publish('documents', { task_id: 'a', intent: 'x' });
  await settled(1);
  await withStore(world.store, async (store) => {
    const budgets = new Budgets(store);
    const limits = { minute: { requests: 500, total: 90_000 }, adaptive: null };
    await budgets.create('gpt', limits, { ifThere: 'update', isNew: true });
    await budgets.switch('gpt', 'pause');
  });
  const { code, out } = await top(['--once']);
  expect(code).toBe(0);
  expect(out).toMatch(/^agent-swarm top {2}\S+Z {2}redis ok, rabbitmq ok, management not asked$/m);
  expect(row(out, 'documents')).toEqual(['documents', '0', '-', '1', '-', '-', '-', '0', '0s']);
  expect(row(out, 'gpt')).toEqual(['gpt', '0', '0', '0/500', '0/90000', 'paused']);
  const look = async () => JSON.parse((await top(['--once', '--json'])).out) as Sight;
  // Counts are written once a second.
  let json = await look();
  while (json.queues[0]?.counts.received !== 1) json = await look();
  expect(json).toMatchObject({
    queues: [{ queue: 'documents', ready: 0, consumers: 1, counts: { received: 1, done: 1 } }],
    budgets: [{ name: 'gpt', state: { paused: true } }],
  });
});

test('a live screen tells rates, and that a server is away', async () => {
  const { settled } = await world.consume({ queue: 'documents' });
  const screens: string[] = [];
  const stop = new AbortController();
  const shown = new Promise<void>((resolve) => {
    void top(
      ['--every', '0.5'],
      (screen) => {
        screens.push(screen);
        if (screens.length === 1) {
          void world.plain
            .publish('documents', { task_id: 'a', intent: 'x' })
            .then(() => settled(1));
        }
        if (Number(row(screen, 'documents')[5]) > 0) stop.abort();
      },
      stop.signal,
    ).then(() => resolve());
  });
  await shown;
  expect(row(screens[0] ?? '', 'documents')[5]).toBe('-');
  const away = await top([
    '--once',
    '--rabbitmq',
    `amqp://127.0.0.1:1/${encodeURIComponent(world.broker.vhost)}`,
  ]);
  expect(away.out).toContain('rabbitmq AWAY');
  expect(away.out).toContain('127.0.0.1:1');
  expect(row(away.out, 'documents')).toEqual(['documents', '-', '-', '-', '-', '-', '-', '-', '-']);
});

test('says what a wrong time is', async () => {
  expect(await top(['--every', '0'])).toEqual({
    code: 1,
    out: '--every: is not a time from 0.2 to 3600 seconds. Give seconds.\n',
  });
});
