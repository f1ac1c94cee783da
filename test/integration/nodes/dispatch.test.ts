import type { IDataObject } from 'n8n-workflow';

import type { Ran, Task } from '../../support/engine';
import { startEngineProcess, type EngineProcess } from '../../support/engineProcess';
import { integrationServers } from '../../support/integrationServers';
import { startFaultProxy } from '../../support/faultProxy';
import { storeForm } from '../../support/storeAddress';
import { newWorld, type World } from '../../support/world';

jest.setTimeout(120_000);

type Body = { task_id: string; ref?: string; data?: unknown };

describe('Agent Swarm, Task: Dispatch, in n8n', () => {
  let world: World;
  let n8n: EngineProcess;
  let broker: IDataObject;
  let store: IDataObject;

  beforeAll(async () => {
    world = await newWorld();
    const [at] = world.broker.hosts;
    broker = { hosts: `${at?.host}:${at?.port}`, vhost: world.broker.vhost };
    store = storeForm(world.store);
    n8n = await startEngineProcess({ agentSwarmRabbitMqApi: broker, agentSwarmRedisApi: store });
    await world.plain.declare('work');
  });

  afterAll(async () => {
    await n8n.stop();
    await world.end();
  });

  afterEach(async () => {
    await world.plain.drain('work');
  });

  const dispatch = (
    parameters: IDataObject,
    jsons: IDataObject[] = [{}],
    more: Partial<Task> = {},
  ): Promise<Ran> =>
    n8n.run({
      parameters: {
        resource: 'task',
        operation: 'dispatch',
        ...(parameters.to === 'exchange' ? {} : { queue: 'work' }),
        intent: 'extract',
        ...parameters,
      },
      items: jsons.map((json) => ({ json })),
      ...more,
    });

  const bodies = async (queue: string, count: number): Promise<Body[]> =>
    (await world.plain.take(queue, count)).map(({ body }) => body as Body);

  it('sends one message an item, and says of each item where it went', async () => {
    const { status, items } = await dispatch(
      { ref: '={{ $json.ref }}', options: { taskId: '={{ $json.id }}', tenant: 'acme' } },
      [
        { id: 1, ref: 'pg:documents/1' },
        { id: 2, ref: 'pg:documents/2' },
      ],
    );
    expect(status).toBe('success');
    expect(items).toMatchObject([
      { json: { task_id: '1', queue: 'work' }, pairedItem: { item: 0 } },
      { json: { task_id: '2', queue: 'work' }, pairedItem: { item: 1 } },
    ]);
    const messages = await world.plain.take('work', 2);
    expect(messages.map(({ body }) => body)).toEqual([
      { task_id: '1', intent: 'extract', ref: 'pg:documents/1', tenant: 'acme' },
      { task_id: '2', intent: 'extract', ref: 'pg:documents/2', tenant: 'acme' },
    ]);
    expect(messages.map(({ headers }) => headers['x-idempotency-key'])).toEqual(
      items.map(({ json }) => json.key),
    );
    expect(messages.map(({ properties }) => properties.messageId as string)).toEqual(
      items.map(({ json }) => json.message_id),
    );
  });

  it.each([
    ['from the list', { mode: 'list', value: 'work', cachedResultName: 'work' }],
    ['by name', { mode: 'name', value: 'work' }],
    ['by an expression in the field', { mode: 'name', value: '={{ $json.queue }}' }],
    ['by an expression that n8n computes', { mode: 'name', value: '={{ "wo" + "rk" }}' }],
  ])('takes a queue that was chosen %s', async (_how, chosen) => {
    const { items, error } = await dispatch({ queue: { __rl: true, ...chosen } }, [
      { queue: 'work' },
    ]);
    expect(error).toBeUndefined();
    expect(items[0]?.json).toMatchObject({ queue: 'work' });
    expect(await bodies('work', 1)).toHaveLength(1);
  });

  it('takes a queue as plain text, as workflows of before have it, also by an expression', async () => {
    const { items } = await dispatch({ queue: '={{ $json.queue }}' }, [{ queue: 'work' }]);
    expect(items[0]?.json).toMatchObject({ queue: 'work' });
    expect(await bodies('work', 1)).toHaveLength(1);
  });

  it('says all a task can say, with expressions that n8n computes', async () => {
    const { error, items } = await dispatch(
      {
        intent: '={{ "ext" + "ract" }}',
        ref: '=pg:{{ $json.id }}',
        data: '={{ { page: $json.page, nested: [1, null] } }}',
        options: {
          deadline: '={{ $now.plus(1, "hour") }}',
          estimate: '{"requests": 2, "input_tokens": 900}',
          groupId: 'g1',
          headers: '={"kind": "{{ $json.kind }}", "pages": 3, "urgent": true}',
          priority: '={{ $json.priority }}',
          traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
        },
      },
      [{ id: 7, page: 3, kind: 'invoice', priority: '5' }],
    );
    expect(error).toBeUndefined();
    const [message] = await world.plain.take('work', 1);
    expect(message?.body).toEqual({
      task_id: items[0]?.json.task_id,
      intent: 'extract',
      ref: 'pg:7',
      group_id: 'g1',
      deadline: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/),
      estimate: { requests: 2, input_tokens: 900 },
      data: { page: 3, nested: [1, null] },
    });
    expect(message?.properties).toMatchObject({
      priority: 5,
      correlationId: 'g1',
      type: 'extract',
    });
    expect(message?.headers).toMatchObject({ kind: 'invoice', pages: 3, urgent: true });
  });

  it.each([
    ['direct', { routingKey: 'extract' }, {}],
    ['topic', { routingKey: 'extract.#' }, { routingKey: 'extract.invoice' }],
    ['fanout', { routingKey: '' }, {}],
    ['headers', { routingKey: '', kind: 'invoice' }, { headers: '{"kind": "invoice"}' }],
  ])('reaches the queues bound to a %s exchange, and no other', async (type, bound, options) => {
    const exchange = `to-${type}`;
    const { routingKey, ...args } = bound;
    await world.plain.channel.assertExchange(exchange, type);
    await world.plain.channel.bindQueue('work', exchange, routingKey, args);
    const { items } = await dispatch({ to: 'exchange', exchange, options });
    expect(items[0]?.json).toMatchObject({
      exchange,
      routing_key: (options as { routingKey?: string }).routingKey ?? 'extract',
    });
    const [message] = await world.plain.take('work', 1);
    expect(message).toMatchObject({ exchange, body: { task_id: items[0]?.json.task_id } });

    if (type === 'fanout') return;
    const missed = await dispatch({
      to: 'exchange',
      exchange,
      intent: 'other',
      options: { headers: '{"kind": "other"}' },
    });
    expect(missed.error?.message).toMatch(/^No queue took the message sent to exchange/);
  });

  it('fails when the queue does not exist, and says what to do', async () => {
    const { status, error } = await dispatch({ queue: 'nowhere' });
    expect(status).toBe('error');
    expect(error).toMatchObject({
      message: expect.stringContaining('No queue took the message sent to queue "nowhere"'),
      description: expect.stringContaining('Create the queue'),
      itemIndex: 0,
    });
  });

  it('fails the items of a missing exchange alone, and tells how many were sent', async () => {
    const jsons = Array.from({ length: 20 }, (_, index) => ({
      to: index % 4 === 3 ? 'exchange' : 'queue',
    }));
    const { error } = await dispatch(
      { to: '={{ $json.to }}', queue: 'work', exchange: 'missing' },
      jsons,
    );
    expect(error?.message).toBe(
      '5 of 20 items failed, 15 were dispatched. The first, item 3: There is no exchange "missing".',
    );
    expect(error?.description).toContain('Failed items: 3, 7, 11, 15, 19.');
    expect(await bodies('work', 15)).toHaveLength(15);
  });

  it.each<[string, IDataObject, IDataObject]>([
    ['Intent: is empty', { intent: '={{ $json.bad }}' }, { bad: '' }],
    ['Queue: is empty', { queue: '={{ $json.bad }}' }, { bad: null }],
    ['Ref: its expression gave nothing for this item', { ref: '={{ $json.bad }}' }, {}],
    ['Ref: is an object or a list, not text', { ref: '={{ $json.bad }}' }, { bad: {} }],
    ['Data: is not JSON', { data: '={{ $json.bad }}' }, { bad: '{x' }],
    ['Data: is not a JSON object', { data: '={{ $json.bad }}' }, { bad: [1] }],
    [
      'Deadline: is not an ISO time with a zone',
      { options: { deadline: '={{ $json.bad }}' } },
      { bad: 'soon' },
    ],
    ['Priority: is above 255', { options: { priority: '={{ $json.bad }}' } }, { bad: 300 }],
    [
      'Priority: is not a whole number',
      { options: { priority: '={{ $json.bad }}' } },
      { bad: 'x' },
    ],
    ['Headers: "a" is a list', { options: { headers: '={{ $json.bad }}' } }, { bad: { a: [1] } }],
    [
      'Headers: "x-swarm-attempt" is reserved',
      { options: { headers: '={{ $json.bad }}' } },
      { bad: { 'x-swarm-attempt': 1 } },
    ],
    [
      'Estimate: has no "tokens"',
      { options: { estimate: '={{ $json.bad }}' } },
      { bad: { tokens: 1 } },
    ],
    [
      'Custom Key: is empty',
      { runOncePer: 'custom', customKey: '={{ $json.bad }}' },
      { bad: null },
    ],
  ])('fails a bad item alone and names its field: %s', async (problem, parameters, bad) => {
    const good = { bad: fitFor(problem) };
    const { items } = await dispatch(parameters, [good, bad, good], {
      onError: 'continueRegularOutput',
    });
    expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
      { item: 0 },
      { item: 1 },
      { item: 2 },
    ]);
    const field = problem.slice(0, problem.indexOf(':'));
    expect(items[1]?.json).toMatchObject({
      error: expect.stringContaining(problem),
      details: { code: 'bad_input', field, remedy: expect.stringMatching(/\.$/) },
    });
    expect(await bodies('work', 2)).toHaveLength(2);
    expect((await world.plain.depth('work')).ready).toBe(0);
  });

  it('sends failed items to the error output with what they were', async () => {
    const { status, items, errors } = await dispatch(
      { ref: '={{ $json.ref }}' },
      [{ ref: 'a' }, { ref: {} }, { ref: 'c' }],
      { onError: 'continueErrorOutput' },
    );
    expect(status).toBe('success');
    expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 2 }]);
    expect(errors).toMatchObject([
      { json: { error: 'Ref: is an object or a list, not text' }, pairedItem: { item: 1 } },
    ]);
  });

  it('keys a task by its content, its id or what is given', async () => {
    const ran = async (parameters: IDataObject) =>
      (
        await dispatch({ ...parameters, options: { taskId: '={{ $json.id }}' } }, [
          { id: 'a', ref: 'same' },
          { id: 'b', ref: 'same' },
        ])
      ).items.map(({ json }) => json.key);
    const ref = '={{ $json.ref }}';
    const [one, other] = await ran({ ref });
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(other).toBe(one);
    expect(await ran({})).toEqual(['a', 'b']);
    expect(await ran({ ref, runOncePer: 'task_id' })).toEqual(['a', 'b']);
    expect(await ran({ ref, runOncePer: 'custom', customKey: '=k-{{ $json.id }}' })).toEqual([
      'k-a',
      'k-b',
    ]);
  });

  it('stores large data apart, and Payload: Load gives it back', async () => {
    const data = { text: 'ä'.repeat(40_000) };
    const { items } = await dispatch({ data: '={{ $json }}', options: { ttlHours: 1 } }, [data]);
    const claim = items[0]?.json.claim as string;
    const [message] = await world.plain.take('work', 1);
    expect(message?.body).not.toHaveProperty('data');
    expect(message?.headers['x-swarm-data-claim']).toBe(claim);
    const loaded = await n8n.run({
      parameters: { resource: 'payload', operation: 'load', claim },
      items: [{ json: {} }],
    });
    expect(loaded.items[0]?.json).toMatchObject({ found: true, payload: data });
    const [key] = await world.keys.keys();
    const left = await world.keys.redis.pttl(key as string);
    expect(left).toBeLessThanOrEqual(3_600_000);
    expect(left).toBeGreaterThan(3_500_000);
  });

  it('needs no Redis for small data, and asks for it by name for large data', async () => {
    const withoutStore = { credentials: { agentSwarmRabbitMqApi: broker } };
    const small = await dispatch({ data: '{"page": 3}' }, [{}], withoutStore);
    expect(small.error).toBeUndefined();
    const large = await dispatch(
      { data: '={{ $json }}' },
      [{ text: 'x'.repeat(70_000) }],
      withoutStore,
    );
    expect(large.error?.message).toMatch(/^Data: makes a message of \d+ bytes/);
    expect(large.error?.description).toContain('Agent Swarm Redis credential');
  });

  it('names an option of the whole node that is out of range as the form does', async () => {
    const { error } = await dispatch({ options: { storeAboveKib: 100 } });
    expect(error?.message).toMatch(/^Store Data Apart Above \(KiB\): /);
  });

  it('says which virtual host does not exist', async () => {
    const { error } = await dispatch({}, [{}, {}], {
      credentials: { agentSwarmRabbitMqApi: { ...broker, vhost: 'no-such-vhost' } },
    });
    expect(error?.message).toContain('virtual host "no-such-vhost"');
    expect(error?.description).toContain('Virtual Host');
  });

  it('says that no broker answers and where, and fails every item when it is to continue', async () => {
    const credentials = { agentSwarmRabbitMqApi: { hosts: '127.0.0.1:1' } };
    const { error } = await dispatch({}, [{}, {}], { credentials });
    // Not the words that n8n puts in its place.
    expect(error?.message).toContain('127.0.0.1:1');
    const { items } = await dispatch({}, [{}, {}], {
      credentials,
      onError: 'continueRegularOutput',
    });
    expect(items).toMatchObject([
      { json: { details: { code: 'unreachable' } }, pairedItem: { item: 0 } },
      { json: { details: { code: 'unreachable' } }, pairedItem: { item: 1 } },
    ]);
  });

  it('shares one connection between executions, and finds its way back when it was lost', async () => {
    const proxy = await startFaultProxy({ port: integrationServers().broker.port });
    const through = {
      credentials: { agentSwarmRabbitMqApi: { ...broker, hosts: `127.0.0.1:${proxy.port}` } },
    };
    try {
      await Promise.all([1, 2, 3].map(() => dispatch({}, [{}], through)));
      await dispatch({}, [{}], through);
      expect(proxy.connections()).toBe(1);
      proxy.cut();
      const { error } = await dispatch({}, [{}], through);
      expect(error).toBeUndefined();
      expect(proxy.connections()).toBe(1);
    } finally {
      await proxy.stop();
    }
  });
});

/** A value for the same field with which nothing is wrong. */
function fitFor(problem: string): IDataObject[string] {
  if (problem.startsWith('Deadline')) return '2030-01-31T12:00:00Z';
  if (problem.startsWith('Priority')) return 1;
  if (problem.startsWith('Headers')) return { kind: 'x' };
  if (problem.startsWith('Estimate')) return { requests: 1 };
  if (problem.startsWith('Data')) return { page: 1 };
  if (problem.startsWith('Queue')) return 'work';
  return 'fine';
}
