import fc from 'fast-check';

import type { Delivery } from '../../../src/contract/message';
import { failureContext, mask } from '../../../src/settle/failure';
import { deadIdOf, deadLetter } from '../../../src/settle/deadLetter';

const delivery: Delivery = {
  body: Buffer.from('{}'),
  properties: { messageId: 'm1', priority: 3, expiration: '300', userId: 'someone', type: 'x' },
  headers: { kept: 1, 'x-death': [{ count: 2 }], 'x-first-death-queue': 'q' },
  exchange: 'tasks',
  routingKey: 'extract.pdf',
  redelivered: false,
  tag: { epoch: 1, number: 1 },
};
const source = { reason: 'run_failed' as const, message: 'no', queue: 'work', delivery };

describe('masking', () => {
  test.each([
    ['key sk-proj-abcdefgh12345678 refused', 'key *** refused'],
    ['Authorization: Bearer abc.def-123456', 'Authorization: Bearer ***'],
    ['amqp://user:s3cret@host/v', 'amqp://user:***@host/v'],
    ['{"api_key":"abcdefgh"}', '{"api_key":"***"}'],
    ['token=abcdefgh&x=1', 'token=***&x=1'],
    ['id 0123456789abcdef0123456789abcdef0123456789abcdef', 'id ***'],
  ])('%s', (text, masked) => {
    expect(mask(text)).toBe(masked);
  });

  test('leaves ordinary words, ids and paths alone', () => {
    const text =
      'Cannot read document pg:documents/42 of task doc-42 at /files/report-2026-11.pdf (404)';
    expect(mask(text)).toBe(text);
  });
});

describe('the failure context', () => {
  test('stays under 6 KiB whatever is put in, and stays JSON with its reason', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 20_000 }),
        fc.string({ unit: 'binary', maxLength: 20_000 }),
        fc.string({ unit: 'binary', maxLength: 2000 }),
        (message, stack, node) => {
          const text = failureContext({
            ...source,
            message,
            error: { name: node, message, stack, node },
            ran: true,
            history: JSON.stringify({ at: 'x', error: message, delay_ms: 1, counts: true }),
            workflow: node,
          });
          expect(Buffer.byteLength(text)).toBeLessThanOrEqual(6 * 1024);
          expect(JSON.parse(text)).toMatchObject({ reason: 'run_failed', queue: 'work' });
        },
      ),
      { numRuns: 50 },
    );
  });

  test('names the first exchange and key after a detour', () => {
    const headers = { 'x-swarm-origin-exchange': 'first', 'x-swarm-origin-key': 'key' };
    const text = failureContext({ ...source, ran: true, delivery: { ...delivery, headers } });
    expect(JSON.parse(text)).toMatchObject({ exchange: 'first', routing_key: 'key' });
  });
});

describe('a dead letter', () => {
  test('keeps body, properties and headers, and drops what belongs to an earlier stay', () => {
    const letter = deadLetter(
      delivery,
      { deadId: 'd1', reason: 'run_failed', failure: '{}' },
      { exchange: 'swarm.dead', queue: 'work' },
      'all headers',
    );
    expect(letter).toMatchObject({ messageId: 'd1', exchange: 'swarm.dead', routingKey: 'work' });
    expect(letter.body).toBe(delivery.body);
    expect(letter.properties).toEqual({ priority: 3, type: 'x' });
    expect(letter.headers).toMatchObject({
      kept: 1,
      'x-swarm-reason': 'run_failed',
      'x-swarm-origin-exchange': 'tasks',
    });
    expect(letter.headers).not.toHaveProperty('x-death');
    expect(letter.headers).not.toHaveProperty('x-first-death-queue');
  });

  test('without a task has the same id for the same delivery, and another for another', () => {
    const again = { ...delivery, tag: { epoch: 2, number: 9 }, redelivered: true };
    expect(deadIdOf(again, 'work')).toBe(deadIdOf(delivery, 'work'));
    expect(deadIdOf({ ...delivery, body: Buffer.from('[]') }, 'work')).not.toBe(
      deadIdOf(delivery, 'work'),
    );
    expect(deadIdOf(delivery, 'other')).not.toBe(deadIdOf(delivery, 'work'));
  });
});
