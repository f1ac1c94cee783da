import { BrokerConnection } from '../../../src/broker/connection';
import type { Declaration } from '../../../src/broker/declaration';
import { declare } from '../../../src/broker/declare';
import { newWorld, type World } from '../../support/world';

jest.setTimeout(60_000);

const QUEUES = 40;
const LATER = QUEUES - 1;

let world: World;
let connection: BrokerConnection;
beforeEach(async () => {
  world = await newWorld();
  connection = await BrokerConnection.open(world.broker, 'declare', 'once');
});
afterEach(async () => {
  await connection.close();
  await world.end();
});

const name = (index: number) => `q${index}`;
const args = { 'x-queue-type': 'classic' };
const queues: Declaration[] = Array.from({ length: QUEUES }, (_, index) => ({
  kind: 'queue',
  name: name(index),
  arguments: args,
}));
const bindings: Declaration[] = queues.map((_, index) => ({
  kind: 'binding',
  queue: name(index),
  exchange: 'all',
  routingKey: '',
  arguments: {},
}));
const exchange: Declaration = { kind: 'exchange', name: 'all', type: 'fanout', arguments: {} };

const lay = (plan: readonly Declaration[], mode: 'declare' | 'check' = 'declare') =>
  declare(connection.live as never, plan, mode, world.broker);

test('what is bound stands before its bindings, in whatever order a plan has them', async () => {
  await lay([...bindings, ...queues, exchange]);
  await world.plain.publishTo('all', '', 'to each');
  for (const index of [0, LATER]) expect(await world.plain.drain(name(index))).toHaveLength(1);
  // Again, on what stands.
  await lay([exchange, ...queues, ...bindings]);
});

test('of several conflicts the first of the plan is told, with its argument; what comes after is not made', async () => {
  for (const index of [3, 5, 7]) await world.plain.declare(name(index), { 'x-max-length': index });
  await expect(lay([...queues, exchange, ...bindings])).rejects.toMatchObject({
    code: 'conflict',
    message: `The queue "q3" exists with another "x-max-length": it has '3', this node needs none.`,
  });
  expect(await world.plain.exists(name(LATER))).toBe(false);
});

test('of several that are missing the first of the plan is told, and nothing is made', async () => {
  await world.plain.declare(name(0), args);
  await expect(lay(queues, 'check')).rejects.toMatchObject({
    code: 'not_found',
    message: 'There is no queue "q1".',
  });
  expect(await world.plain.exists(name(1))).toBe(false);
});

test('a refusal leaves no channel behind', async () => {
  await expect(lay(queues, 'check')).rejects.toMatchObject({ code: 'not_found' });
  // The first number that is free is given again.
  const channel = await connection.live?.createChannel();
  expect((channel as unknown as { ch: number }).ch).toBe(1);
});
