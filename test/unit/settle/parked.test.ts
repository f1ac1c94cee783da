import { decode } from '../../../src/consume/decode';
import { packTask, unpackTask } from '../../../src/settle/parked';

test('a parked task comes back byte for byte, in the hand of nobody', () => {
  const body = Buffer.from('{ "task_id": "ä", "intent":"x",\n"data": {"n": 1e2}, "more": [null] }');
  const decoded = decode(
    {
      body,
      properties: { messageId: 'm1', priority: 3, expiration: '60000' },
      headers: { theirs: { nested: [1, 'two'] } },
      exchange: 'tasks',
      routingKey: 'x',
      redelivered: false,
      tag: { epoch: 7, number: 12 },
    },
    100,
    1_000_000,
  );
  if (decoded.kind !== 'decoded') throw new Error('it must be readable');
  const back = unpackTask(packTask(decoded.task), 200);
  expect(back.delivery.body.equals(body)).toBe(true);
  expect(back.delivery.tag.epoch).toBe(-1);
  const { delivery, ...task } = decoded.task;
  expect(back).toEqual({
    ...task,
    arrivedAt: 200,
    delivery: { ...delivery, tag: back.delivery.tag },
  });
});
