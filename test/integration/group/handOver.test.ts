import type { JsonObject } from '../../../src/contract/reference';
import type { DeliveryItem } from '../../../src/contract/run';
import { handOver, type HandedOver, type HandOverWork } from '../../../src/group/handOver';
import { UnavailableError } from '../../../src/contract/errors';
import type { CheckingPublisher } from '../../../src/dispatch/checking';
import { withPublisher } from '../../../src/broker/pool';
import { withStore } from '../../../src/store/pool';
import { redisDeposits } from '../../support/redisDeposits';
import { newWorld, type World } from '../../support/world';
import {
  CHILDREN,
  childrenOf,
  declareQueue,
  fan,
  hostOf,
  liveToken,
  PARENTS,
  speak,
  WELL,
} from './family';

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.end());

/** As the node does it, but for the Complete that follows. */
const pass = (
  item: DeliveryItem,
  queue: string,
  note: string,
  { data, ...more }: Partial<HandOverWork> & { data?: JsonObject } = {},
): Promise<HandedOver> =>
  withPublisher(world.broker, (publisher) =>
    handOver({
      task: liveToken(item),
      request: {
        to: { kind: 'queue', queue },
        intent: item.intent,
        taskId: item.task_id,
        ref: item.ref ?? undefined,
        groupId: item.swarm.group,
        data,
      },
      unknown: {},
      parent: item.swarm.parent,
      trail: item.swarm.trail ?? [],
      here: { queue: item.swarm.queue, intent: item.intent, note },
      publisher,
      useStore: (act) => withStore(world.store, act),
      usePayloads: redisDeposits(world.store),
      ...more,
    }),
  );

test('a task goes from agents to agents and back, with where it was, and runs once at each', async () => {
  const notes = ['no number', 'asked', 'answered'];
  const hostOfQueue = (queue: string) =>
    hostOf(async (item) => {
      const note = notes[item.swarm.trail?.length ?? 0];
      if (note !== undefined) {
        await pass(item, queue, note);
        // Done again after a crash: the second message is a duplicate.
        await pass(item, queue, note);
      }
      await speak(world, item, { kind: 'complete' });
      return WELL;
    });
  await declareQueue(world, 'clerks');
  const [clerks, askers] = [hostOfQueue('askers'), hostOfQueue('clerks')];
  const asking = await world.consume({ queue: 'askers' }, askers);
  await world.consume({ queue: 'clerks' }, clerks);
  await world.plain.publish('clerks', { task_id: 'invoice', intent: 'book', ref: 'pg:invoices/7' });
  await askers.started(2);
  await asking.settled(4);
  const last = askers.runs[1]?.items[0];
  expect(last).toMatchObject({ task_id: 'invoice', intent: 'book', ref: 'pg:invoices/7' });
  expect(last?.swarm.trail).toEqual([
    { queue: 'clerks', intent: 'book', note: 'no number', at: expect.any(String) },
    { queue: 'askers', intent: 'book', note: 'asked', at: expect.any(String) },
    { queue: 'clerks', intent: 'book', note: 'answered', at: expect.any(String) },
  ]);
  expect([clerks.runs.length, askers.runs.length]).toEqual([2, 2]);
});

test('in its group the one that gets a task counts in its place, with its result', async () => {
  await declareQueue(world, CHILDREN);
  await declareQueue(world, 'experts');
  let group = '';
  const parents = await world.consume(
    { queue: PARENTS },
    hostOf(async (item) => {
      if (item.intent !== 'join') group = (await fan(world, item, { count: 2 })).group_id;
      return WELL;
    }),
  );
  await world.plain.publish(PARENTS, { task_id: 'master', intent: 'research' });
  const children = await world.consume(
    { queue: CHILDREN },
    hostOf(async (item) => {
      if (item.ref === 'pg:documents/0') await pass(item, 'experts', 'too hard');
      await speak(world, item, { kind: 'complete', result: 'mine' });
      return WELL;
    }),
  );
  await children.settled(2);
  expect((await childrenOf(world, group)).map(({ state }) => state)).toEqual(['open', 'done']);
  await world.consume(
    { queue: 'experts' },
    hostOf(async (item) => {
      await speak(world, item, { kind: 'complete', result: 'theirs' });
      return WELL;
    }),
  );
  await parents.event('joined');
  expect((await childrenOf(world, group)).map(({ result }) => result)).toEqual(['theirs', 'mine']);
});

test('a repeat that says something else is a duplicate all the same; what the pack knows nothing of goes on', async () => {
  await declareQueue(world, 'experts');
  const experts = await world.consume(
    { queue: 'experts' },
    hostOf(async () => WELL),
  );
  const first = await world.consume(
    {},
    hostOf(async (item) => {
      const unknown = { invoice_no: 7 };
      await pass(item, 'experts', '', { data: { found: 'a' }, unknown });
      await pass(item, 'experts', '', { data: { found: 'b' }, unknown });
      return WELL;
    }),
  );
  await world.plain.publish('work', { task_id: 'invoice', intent: 'book' });
  await first.settled(1);
  const kinds = (await experts.settled(2)).map(({ verdict }) => verdict.kind);
  expect(kinds.sort()).toEqual(['done', 'dropped']);
  expect(experts.host.runs).toHaveLength(1);
  expect(experts.host.runs[0]?.items[0]).toMatchObject({ data: { found: 'a' }, invoice_no: 7 });
});

test('copies of a task in two queues are two tasks, also where both are handed over', async () => {
  await declareQueue(world, 'experts');
  const experts = await world.consume(
    { queue: 'experts' },
    hostOf(async () => WELL),
  );
  for (const queue of ['billing', 'crm']) {
    await declareQueue(world, queue);
    await world.consume(
      { queue },
      hostOf(async (item) => {
        await pass(item, 'experts', '');
        return WELL;
      }),
    );
    await world.plain.publish(queue, { task_id: 'signup', intent: 'signup' });
  }
  await experts.settled(2);
  const queues = experts.host.runs.map(({ items }) => items[0]?.swarm.trail?.[0]?.queue);
  expect(queues.sort()).toEqual(['billing', 'crm']);
});

test('what could not be sent is still that run’s to end in its group', async () => {
  await declareQueue(world, CHILDREN);
  const fail = () => Promise.reject(new UnavailableError('unreachable', 'away', 'Wait.'));
  const away: CheckingPublisher = {
    publish: fail,
    checkExchange: fail,
    depth: fail,
    layDelay: fail,
  };
  const parents = await world.consume(
    { queue: PARENTS },
    hostOf(async (item) => {
      if (item.intent !== 'join') await fan(world, item, { count: 1 });
      return WELL;
    }),
  );
  await world.plain.publish(PARENTS, { task_id: 'master', intent: 'research' });
  await world.consume(
    { queue: CHILDREN },
    hostOf(async (item) => {
      await expect(pass(item, 'experts', '', { publisher: away })).rejects.toThrow('away');
      return WELL;
    }),
  );
  expect(await parents.event('joined')).toMatchObject({ by: 'all' });
});

test('what no queue takes stays where it is, and counts there', async () => {
  await declareQueue(world, CHILDREN);
  let group = '';
  const parents = await world.consume(
    { queue: PARENTS },
    hostOf(async (item) => {
      if (item.intent !== 'join') group = (await fan(world, item, { count: 1 })).group_id;
      return WELL;
    }),
  );
  await world.plain.publish(PARENTS, { task_id: 'master', intent: 'research' });
  const told: unknown[] = [];
  await world.consume(
    { queue: CHILDREN },
    hostOf(async (item) => {
      await pass(item, 'nobody', '').catch((error: unknown) => told.push(error));
      return WELL;
    }),
  );
  await parents.event('joined');
  expect(told).toEqual([expect.objectContaining({ code: 'unroutable' })]);
  expect((await childrenOf(world, group)).map(({ state }) => state)).toEqual(['done']);
});
