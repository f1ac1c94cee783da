import type { DispatchRequest } from '../../../src/dispatch/request';
import { dispatchAll } from '../../support/dispatchAll';
import { newWorld, type World } from '../../support/world';

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.end());

const task: DispatchRequest = { to: { kind: 'queue', queue: 'later' }, intent: 'remind' };

const send = (requests: readonly DispatchRequest[]) => dispatchAll(world.broker, requests);

test('a delayed task comes to its queue when it is due, after those that are due earlier, and runs', async () => {
  const { host, settled } = await world.consume({ queue: 'later' });
  const began = Date.now();
  const delays = [1200, 500, 0];
  const results = await send(
    delays.map((delayMs) => ({ ...task, taskId: `in ${delayMs}`, delayMs })),
  );
  const due = results.map((result) => (result.ok && result.due ? Date.parse(result.due) : began));
  expect(due.map((at) => Math.round((at - began) / 1000))).toEqual([1, 1, 0]);
  await settled(3);
  expect(Date.now() - began).toBeGreaterThanOrEqual(1150);
  const ran = host.runs.flatMap(({ items }) => items.map(({ task_id }) => task_id));
  expect(ran).toEqual(['in 0', 'in 500', 'in 1200']);
});

test('a queue that no trigger has bound to the ladder gets it as well', async () => {
  await world.plain.declare('later');
  await send([{ ...task, taskId: 'a', delayMs: 300 }]);
  expect(await world.plain.depth('later')).toMatchObject({ ready: 0 });
  const [message] = await world.plain.take('later', 1);
  expect(message?.body).toMatchObject({ task_id: 'a', intent: 'remind' });
});

test.each<[string, DispatchRequest, RegExp]>([
  ['a queue that is not there', { ...task, delayMs: 300 }, /There is no queue "later"/],
  [
    'an exchange',
    { ...task, to: { kind: 'exchange', exchange: 'amq.topic' }, delayMs: 300 },
    /Delay: is given for an exchange/,
  ],
  ['ten days', { ...task, delayMs: 864_000_000 }, /Delay: is above 9 days/],
])('%s: an error, and nothing is sent', async (_what, request, told) => {
  const [result] = await send([request]);
  expect(result).toMatchObject({ ok: false, error: { message: expect.stringMatching(told) } });
});
