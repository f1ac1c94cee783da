import { InputError } from '../../../src/contract/errors';
import { referenceSchema } from '../../../src/contract/reference';
import { readRequest, type DispatchRequest } from '../../../src/dispatch/request';

const good: DispatchRequest = { to: { kind: 'queue', queue: 'work' }, intent: 'extract' };

const fieldOf = (bad: Record<string, unknown>): string => {
  try {
    readRequest({ ...good, ...bad });
  } catch (error) {
    if (error instanceof InputError && error.remedy !== '') return error.message;
    throw error;
  }
  throw new Error('was taken');
};

describe('a request', () => {
  it('needs a destination and an intent only, and gets a task id of its own', () => {
    const first = readRequest(good);
    const second = readRequest(good);
    expect(first).toMatchObject({ exchange: '', routingKey: 'work' });
    expect(first.reference.task_id).not.toBe(second.reference.task_id);
  });

  it('goes to an exchange under its intent, or under the key given, even an empty one', () => {
    const to = { kind: 'exchange', exchange: 'events' } as const;
    expect(readRequest({ ...good, to })).toMatchObject({
      exchange: 'events',
      routingKey: 'extract',
    });
    expect(readRequest({ ...good, to, routingKey: 'a.b' }).routingKey).toBe('a.b');
    expect(readRequest({ ...good, to, routingKey: '' }).routingKey).toBe('');
  });

  it.each<[string, Record<string, unknown>]>([
    ['To: is neither a queue nor an exchange', { to: { kind: 'topic' } }],
    ['To: is neither a queue nor an exchange', { to: undefined }],
    ['Queue: is empty', { to: { kind: 'queue', queue: '' } }],
    ['Exchange: is empty', { to: { kind: 'exchange', exchange: '' } }],
    ['Queue: is longer than 255 bytes', { to: { kind: 'queue', queue: 'ä'.repeat(128) } }],
    ['Intent: is empty', { intent: undefined }],
    ['Intent: is empty', { intent: '' }],
    ['Intent: is not a text', { intent: 5 }],
    ['Intent: is longer than 255 bytes', { intent: '€'.repeat(86) }],
    ['Task ID: is longer than 512 characters', { taskId: 'x'.repeat(513) }],
    ['Ref: is longer than 2048 characters', { ref: 'x'.repeat(2049) }],
    ['Tenant: is empty', { tenant: '' }],
    ['Group ID: is longer than 255 bytes', { groupId: 'x'.repeat(256) }],
    ['Deadline: is not an ISO time with a zone', { deadline: '2030-01-31T12:00:00' }],
    ['Deadline: is not an ISO time with a zone', { deadline: 'tomorrow' }],
    ['Not Before: is not an ISO time with a zone', { notBefore: '2030-01-31T12:00:00' }],
    ['Not Before: is not an ISO time with a zone', { notBefore: '5' }],
    ['Not Before: is more than 9 days from now', { notBefore: '2999-01-31T12:00:00Z' }],
    ['Estimate: is not a JSON object', { estimate: 5 }],
    ['Estimate: has no "tokens"', { estimate: { tokens: 5 } }],
    ['Estimate: "requests" is not a whole number', { estimate: { requests: 1.5 } }],
    ['Estimate: "input_tokens" is below 0', { estimate: { input_tokens: -1 } }],
    ['Data: is not a JSON object', { data: [1] }],
    ['Data: is not a JSON object', { data: new Date() }],
    ['Run Once Per: is none of the choices', { runOncePer: 'day' }],
    ['Custom Key: is longer than 512 characters', { customKey: 'x'.repeat(513) }],
    ['Routing Key: is longer than 255 bytes', { routingKey: 'x'.repeat(256) }],
    ['Priority: is above 255', { priority: 256 }],
    ['Priority: is below 0', { priority: -1 }],
    ['Priority: is not a whole number', { priority: '5' }],
    ['Traceparent: is not a W3C traceparent', { traceparent: '00-x' }],
    ['Headers: is not a JSON object', { headers: 'a=b' }],
  ])('is refused with its field named: %s', (message, bad) => {
    expect(fieldOf(bad)).toBe(message);
  });

  it('fills a reference that every consumer takes', () => {
    const { reference } = readRequest({
      ...good,
      taskId: 'x'.repeat(512),
      intent: '€'.repeat(85),
      ref: 'x'.repeat(2048),
      tenant: 'x'.repeat(255),
      groupId: 'x'.repeat(255),
      deadline: '2030-01-31T12:00:00+02:00',
      estimate: { requests: 1, input_tokens: 0, output_tokens: 5 },
      data: { deep: [{ a: null }] },
    });
    const wire: unknown = JSON.parse(JSON.stringify(reference));
    expect(referenceSchema.parse(wire)).toEqual(wire);
  });
});

describe('headers', () => {
  it('may be texts, numbers and true or false', () => {
    const headers = { kind: 'invoice', pages: 3, share: 0.5, urgent: true, traceparent: 'x' };
    expect(readRequest({ ...good, headers }).headers).toEqual(headers);
  });

  it.each<[string, unknown]>([
    ['"a" is null; a header is a text, a number or true/false', { a: null }],
    ['"a" is an object; a header is a text, a number or true/false', { a: { b: 1 } }],
    ['"a" is a list; a header is a text, a number or true/false', { a: [1] }],
    ['"a" is NaN; a header is a text, a number or true/false', { a: NaN }],
    ['"a" is of type undefined; a header is a text, a number or true/false', { a: undefined }],
    ['"" has no name', { '': 'x' }],
    ['"x-swarm-attempt" is reserved', { 'x-swarm-attempt': 1 }],
    ['"X-Death" is reserved', { 'X-Death': 'x' }],
    ['"x-first-death-queue" is reserved', { 'x-first-death-queue': 'x' }],
    ['"x-idempotency-key" is set by Run Once Per', { 'x-idempotency-key': 'x' }],
    ['"CC" is reserved by RabbitMQ', { CC: 'other' }],
    ['"BCC" is reserved by RabbitMQ', { BCC: 'other' }],
    ['have 17001 bytes together, more than 16384', { a: 'x'.repeat(17_000) }],
  ])('of other kinds are refused by name: %s', (message, headers) => {
    expect(fieldOf({ headers })).toBe(`Headers: ${message}`);
  });
});
