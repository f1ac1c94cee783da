import { laneOfTenant } from '../../../src/consume/spread';
import type { ConsumerOptions } from '../../../src/contract/settings';
import type { DeliveryItem } from '../../../src/contract/run';
import { TestHost, type World } from '../../support/world';
import { inSteadyWorlds } from './steadyWorld';

let world: World;
inSteadyWorlds((fresh) => {
  world = fresh;
});

const LANES = 4;
/** A tenant for each lane. */
const TENANTS = Array.from({ length: LANES }, (_, lane) => {
  for (let n = 0; ; n += 1) if (laneOfTenant(`tenant-${n}`, LANES) === lane) return `tenant-${n}`;
});
const [BIG, SMALL] = TENANTS as [string, string];

const send = (id: string, tenant?: string, more: object = {}) =>
  world.plain.publish('work', { task_id: id, intent: 'x', tenant, ...more }, { messageId: id });
async function sendMany(tenant: string, count: number, more: object = {}): Promise<void> {
  for (let n = 0; n < count; n += 1) await send(`${tenant}/${n}`, tenant, more);
}
const inLane = async (lane: number) => (await world.plain.depth(`work.lane.${lane}`)).ready;

/** One after the other, in the order in which they run; nothing ends before `open`. */
class OneByOne extends TestHost {
  readonly ran: string[] = [];
  constructor(waiting: Promise<void> = Promise.resolve()) {
    super(() => undefined);
    this.waiting = waiting;
  }
  private readonly waiting: Promise<void>;

  override async start(items: readonly DeliveryItem[]) {
    await this.waiting;
    for (const { task_id } of items) this.ran.push(task_id);
    return { kind: 'succeeded' as const };
  }
}

const one: Partial<ConsumerOptions> = { prefetch: 1, lanes: LANES };

/** Fills the lanes behind a run that goes on, so that all have work when it ends. */
async function filled(options: Partial<ConsumerOptions>, fill: () => Promise<void>) {
  let open = () => {};
  const host = new OneByOne(new Promise((resolve) => (open = resolve)));
  const { settled } = await world.consume({ ...one, ...options }, host);
  await send('first');
  await world.plain.waitForDepth('work', 0);
  await fill();
  await world.plain.waitForDepth('work', 0);
  await world.plain.waitForUnacked('work', 0);
  open();
  return { host, settled };
}

test('a tenant with few tasks is served beside one with many', async () => {
  const { host, settled } = await filled({}, async () => {
    await sendMany(BIG, 40);
    await sendMany(SMALL, 5);
  });
  await settled(46);
  const last = host.ran.lastIndexOf(`${SMALL}/4`);
  expect(last).toBeLessThanOrEqual(13);
  expect(new Set(host.ran).size).toBe(46);
});

test('shares are of tokens, not of tasks', async () => {
  const { host, settled } = await filled({}, async () => {
    await sendMany(BIG, 20, { estimate: { input_tokens: 4000 } });
    await sendMany(SMALL, 20, { estimate: { input_tokens: 500, output_tokens: 500 } });
  });
  await settled(41);
  const before = host.ran.slice(0, host.ran.indexOf(`${SMALL}/15`));
  const big = before.filter((id) => id.startsWith(BIG)).length;
  // Four times the tokens each, so a quarter as many.
  expect(big).toBeGreaterThanOrEqual(3);
  expect(big).toBeLessThanOrEqual(5);
});

test('weights decide the shares', async () => {
  const { host, settled } = await filled({ weights: { [BIG]: 3 } }, async () => {
    await sendMany(BIG, 30);
    await sendMany(SMALL, 30);
  });
  await settled(61);
  const before = host.ran.slice(0, host.ran.indexOf(`${SMALL}/8`));
  const big = before.filter((id) => id.startsWith(BIG)).length;
  expect(big).toBeGreaterThanOrEqual(21);
  expect(big).toBeLessThanOrEqual(28);
});

test('what a tenant does not use is lent: one alone has every place', async () => {
  const { host, settled } = await world.consume(
    { lanes: LANES, prefetch: 8 },
    new TestHost(() => undefined),
  );
  await sendMany(BIG, 12);
  await host.started(8);
  expect(host.runs).toHaveLength(8);
  await world.plain.waitForDepth('work.lane.0', 4);
  expect(host.runs).toHaveLength(8);
  for (const run of host.runs.slice(0, 4)) run.end({ kind: 'succeeded' });
  await host.started(12);
  for (const run of host.runs) run.end({ kind: 'succeeded' });
  await settled(12);
});

test('retries and unreadable messages find their way', async () => {
  const tries = new Map<string, number>();
  const { settled } = await world.consume(
    { lanes: LANES, retry: { baseMs: 200, factor: 1 } },
    new TestHost(([item]) => {
      const id = item?.task_id ?? '';
      const attempt = (tries.get(id) ?? 0) + 1;
      tries.set(id, attempt);
      return attempt < 2
        ? { kind: 'failed', error: { name: 'Error', message: 'no' } }
        : { kind: 'succeeded' };
    }),
  );
  await send('a', BIG);
  await send('b', SMALL);
  await world.plain.publish('work', 'no json');
  const verdicts = (await settled(5)).map(({ verdict }) => verdict.kind);
  expect(verdicts.sort()).toEqual(['dead', 'done', 'done', 'retried', 'retried']);
  const [letter] = await world.plain.take('work.dead', 1);
  expect(letter?.headers['x-swarm-reason']).toBe('not_json');
  // Properties and origin are those of the first message.
  expect([...tries.values()]).toEqual([2, 2]);
});

test('a crash while a task was moved leaves two of it, and one runs', async () => {
  const body = { task_id: 'twice', intent: 'x', tenant: BIG };
  const host = new OneByOne();
  const { settled } = await world.consume({ lanes: LANES }, host);
  await world.plain.publish('work.lane.0', body, { messageId: 'm' });
  await world.plain.publish('work', body, { messageId: 'm' });
  const ends = (await settled(2)).map(({ verdict }) => verdict);
  expect(ends).toEqual(
    expect.arrayContaining([{ kind: 'done' }, { kind: 'dropped', state: 'done' }]),
  );
  expect(host.ran).toEqual(['twice']);
});

test.each([0, 2])('lanes that a person takes away are emptied: %i are left', async (lanes) => {
  const first = await world.consume({ ...one, drainMs: 0 }, new TestHost(() => undefined));
  for (const tenant of TENANTS) await sendMany(tenant, 3);
  await first.host.started(1);
  await world.plain.waitForUnacked('work', 0);
  await first.close();
  first.host.runs[0]?.end({ kind: 'succeeded' });
  const host = new OneByOne();
  const { settled } = await world.consume({ lanes }, host);
  await settled(12);
  const ran = new Set(host.ran);
  // The run that went on over the change is not run again.
  expect(ran.size).toBe(11);
  for (let lane = lanes; lane < LANES; lane += 1) expect(await inLane(lane)).toBe(0);
});

test('a lane that another process filled is seen although others have work', async () => {
  const { host, settled } = await filled({}, () => sendMany(BIG, 600));
  // As another process leaves it: not through this one's hands.
  const body = { task_id: 'theirs', intent: 'x', tenant: SMALL };
  await world.plain.publish('work.lane.1', body, { messageId: 'theirs' });
  await settled(602);
  expect(host.ran.indexOf('theirs')).toBeLessThan(500);
});
