import { newWorld, type World } from '../../support/world';

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  await world.end();
});

const good = JSON.stringify({ task_id: 'a', intent: 'extract' });

const poison: [name: string, body: string | Buffer, reason: string, says: RegExp][] = [
  ['a body that is not JSON', 'hello', 'not_json', /not JSON/],
  ['an empty body', '', 'not_json', /not JSON/],
  ['JSON that is no object', '[1, 2]', 'invalid_message', /message: .*object/],
  ['a number as task_id', '{"task_id": 7, "intent": "x"}', 'invalid_message', /task_id: .*string/],
  ['no intent', '{"task_id": "a"}', 'invalid_message', /intent: /],
  ['an empty intent', '{"task_id": "a", "intent": ""}', 'invalid_message', /intent: /],
  ['data that is a list', '{"task_id":"a","intent":"x","data":[1]}', 'invalid_message', /data: /],
  [
    'a deadline that is no time',
    '{"task_id":"a","intent":"x","deadline":"tomorrow"}',
    'invalid_message',
    /deadline: /,
  ],
  [
    'a negative estimate',
    '{"task_id":"a","intent":"x","estimate":{"requests":-1}}',
    'invalid_message',
    /estimate\.requests: /,
  ],
  [
    'data nested too deep to read',
    `{"task_id":"a","intent":"x","data":{"a":${'['.repeat(25_000)}${']'.repeat(25_000)}}}`,
    'invalid_message',
    /cannot be read/,
  ],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'not_utf8', /not UTF-8/],
  [
    'a body of 1 MB',
    JSON.stringify({ ...JSON.parse(good), pad: 'x'.repeat(1_000_000) }),
    'too_large',
    /bytes/,
  ],
];

describe('a message that is no reference', () => {
  test.each(poison)(
    '%s becomes a dead letter at once, unchanged, with its reason',
    async (_, body, reason, says) => {
      const { host, settled } = await world.consume({});
      await world.plain.publish('work', body, { messageId: 'm1' });
      expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason });
      const [letter] = await world.plain.take('work.dead', 1);
      expect(letter?.content).toEqual(Buffer.from(body));
      const failure = JSON.parse(String(letter?.properties.headers?.['x-swarm-failure'])) as {
        message: string;
      };
      expect(failure.message).toMatch(says);
      expect(host.runs).toHaveLength(0);
      await world.plain.waitForUnacked('work', 0);
      expect(await world.keys.tasks()).toEqual([]);
    },
  );

  test('two equal ones at once are both dead-lettered', async () => {
    await world.plain.declare('other');
    const { settled } = await world.consume({});
    await Promise.all([world.plain.publish('work', 'x'), world.plain.publish('work', 'x')]);
    await settled(2);
    expect(await world.plain.take('work.dead', 2)).toHaveLength(2);
  });
});

describe('headers of odd types', () => {
  test('an idempotency key that is a table is dead-lettered, naming the header', async () => {
    const { settled } = await world.consume({});
    await world.plain.publish('work', good, {
      messageId: 'm1',
      headers: { 'x-idempotency-key': { a: 1 } },
    });
    expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'bad_header' });
    const [letter] = await world.plain.take('work.dead', 1);
    expect(String(letter?.properties.headers?.['x-swarm-failure'])).toContain('x-idempotency-key');
  });

  test('a number as key counts as its text, and headers nobody asked for change nothing', async () => {
    const { host, settled } = await world.consume({});
    const odd = {
      'x-idempotency-key': 42,
      'x-swarm-first-seen': { toString: 1 },
      'x-swarm-fingerprint': true,
      'x-swarm-data-claim': 5,
      list: [1, 'two', { three: 3 }],
      bytes: Buffer.from([0, 255]),
      decimal: { '!': 'decimal', value: { digits: 12, places: 1 } },
      nothing: null,
    };
    await world.plain.publish('work', good, { messageId: 'm1', headers: odd });
    await settled(1);
    await world.plain.publish('work', good, {
      messageId: 'm2',
      headers: { 'x-idempotency-key': '42' },
    });
    expect((await settled(2))[1]?.verdict).toEqual({ kind: 'dropped', state: 'done' });
    expect(host.runs).toHaveLength(1);
  });

  test('headers that leave no room for the failure context are left behind, the task is not', async () => {
    const { settled } = await world.consume({});
    await world.plain.publish('work', 'no json', { headers: { large: 'x'.repeat(65_400) } });
    expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'not_json' });
    const [letter] = await world.plain.take('work.dead', 1);
    expect(Object.keys(letter?.headers ?? {})).not.toContain('large');
    expect(letter?.headers['x-swarm-reason']).toBe('not_json');
  });

  test('a dead letter keeps odd headers of its message', async () => {
    const { settled } = await world.consume({});
    await world.plain.publish('work', 'no json', {
      headers: {
        list: [1, 'two'],
        bytes: Buffer.from([0, 255]),
        'x-death': [{ count: 3 }],
        nothing: null,
      },
    });
    await settled(1);
    const [letter] = await world.plain.take('work.dead', 1);
    expect(letter?.properties.headers).toMatchObject({
      list: [1, 'two'],
      'x-swarm-reason': 'not_json',
    });
    expect(letter?.properties.headers).not.toHaveProperty('x-death');
  });
});

test('unknown fields pass through to the workflow', async () => {
  const { host, settled } = await world.consume({});
  await world.plain.publish('work', { task_id: 'a', intent: 'x', customer: { id: 7 }, ref: null });
  await settled(1);
  expect(host.runs[0]?.items[0]).toMatchObject({ customer: { id: 7 }, ref: null });
});
