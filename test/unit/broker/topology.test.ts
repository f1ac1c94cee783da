import { conflictingArgument } from '../../../src/broker/declare';
import { plan } from '../../../src/broker/topology';
import { topologySchema } from '../../../src/contract/settings';

test('every queue is a quorum queue whose delivery limit cannot be reached', () => {
  const queues = plan(topologySchema.parse({ queue: 'work' }), 3).filter(
    ({ kind }) => kind === 'queue',
  );
  expect(queues).toHaveLength(7);
  for (const queue of queues) {
    expect('arguments' in queue && queue.arguments).toMatchObject({
      'x-queue-type': 'quorum',
      'x-delivery-limit': 1_000_000_000,
    });
  }
});

test('the work queue is laid down after what it dead-letters to', () => {
  const names = plan(topologySchema.parse({ queue: 'work' }), 3).flatMap((one) =>
    'name' in one ? [one.name] : [],
  );
  expect(names.indexOf('work')).toBeGreaterThan(names.indexOf('swarm.dead'));
  expect(names.indexOf('work')).toBeGreaterThan(names.indexOf('work.dead'));
});

test('each routing key is a binding', () => {
  const laid = plan(
    topologySchema.parse({
      queue: 'work',
      exchange: { name: 'tasks', bindings: [{ routingKey: 'a.#' }, { routingKey: 'b' }] },
    }),
    0,
  );
  expect(laid.filter((one) => one.kind === 'binding' && one.exchange === 'tasks')).toHaveLength(2);
});

test.each([
  [
    "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received the value 'quorum' of type 'longstr' but current is the value 'classic' of type 'longstr'",
    { argument: 'x-queue-type', wanted: "'quorum'", current: "'classic'" },
  ],
  [
    "PRECONDITION_FAILED - inequivalent arg 'x-dead-letter-exchange' for queue 'q' in vhost '/': received the value 'swarm.dead' of type 'longstr' but current is none",
    { argument: 'x-dead-letter-exchange', wanted: "'swarm.dead'", current: 'none' },
  ],
  [
    "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'e' in vhost '/': received 'topic' but current is 'fanout'",
    { argument: 'type', wanted: "'topic'", current: "'fanout'" },
  ],
  ['something else', undefined],
])('%s', (text, found) => {
  expect(conflictingArgument(text)).toEqual(found);
});
