import { withPublisher } from '../../../src/broker/pool';
import { fingerprint } from '../../../src/contract/identity';
import { dispatch, type DispatchResult } from '../../../src/dispatch/dispatch';
import type { DispatchRequest } from '../../../src/dispatch/request';
import { storeSchema, type DispatchOptions } from '../../../src/contract/settings';
import { RedisPayloads } from '../../../src/payload/redis';
import { Store } from '../../../src/store/store';
import { newWorld, type World } from '../../support/world';

jest.setTimeout(60_000);

const toQueue = { kind: 'queue', queue: 'work' } as const;

describe('dispatch', () => {
  let world: World;
  let store: Store;

  beforeAll(async () => {
    world = await newWorld();
    store = await Store.open(world.store, 'once');
    await world.plain.declare('work');
  });

  afterAll(async () => {
    store.close();
    await world.end();
  });

  afterEach(async () => {
    await world.plain.drain('work');
  });

  const send = (
    requests: DispatchRequest[],
    options: { settings?: DispatchOptions; withStore?: boolean } = {},
  ): Promise<DispatchResult[]> =>
    withPublisher(world.broker, (publisher) =>
      dispatch({
        count: requests.length,
        request: (index) => requests[index] as DispatchRequest,
        publisher,
        settings: options.settings,
        ...(options.withStore !== false && {
          usePayloads: (act) => act(new RedisPayloads(store)),
        }),
      }),
    );

  const one = (more: Partial<DispatchRequest>): DispatchRequest => ({
    to: toQueue,
    intent: 'extract',
    ...more,
  });

  it('puts into the queue what it says it did', async () => {
    const [result] = await send([
      one({
        taskId: 't1',
        ref: 'pg:documents/42',
        tenant: 'acme',
        groupId: 'g1',
        deadline: '2030-01-31T12:00:00Z',
        estimate: { requests: 2, input_tokens: 900 },
        data: { page: 3 },
        priority: 7,
        headers: { kind: 'invoice', pages: 3, share: 0.5, huge: 2 ** 60, urgent: true },
      }),
    ]);
    const [message] = await world.plain.take('work', 1);
    const key = fingerprint({
      intent: 'extract',
      ref: 'pg:documents/42',
      tenant: 'acme',
      group_id: 'g1',
      data: { page: 3 },
    });
    expect(result).toMatchObject({
      ok: true,
      task_id: 't1',
      key,
      exchange: '',
      routing_key: 'work',
    });
    expect(message?.body).toEqual({
      task_id: 't1',
      intent: 'extract',
      ref: 'pg:documents/42',
      tenant: 'acme',
      group_id: 'g1',
      deadline: '2030-01-31T12:00:00Z',
      estimate: { requests: 2, input_tokens: 900 },
      data: { page: 3 },
    });
    expect(message?.properties).toMatchObject({
      messageId: result?.ok && result.message_id,
      type: 'extract',
      correlationId: 'g1',
      contentType: 'application/json',
      priority: 7,
      deliveryMode: 2,
      expiration: undefined,
    });
    expect(message?.headers).toEqual({
      kind: 'invoice',
      pages: 3,
      share: 0.5,
      huge: 2 ** 60,
      urgent: true,
      'x-idempotency-key': key,
      'x-swarm-version': 1,
      'x-swarm-fingerprint': key,
      'x-swarm-first-seen': expect.stringMatching(/^\d{4}-.*Z$/),
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
    });
  });

  it('gives every dispatch a message id of its own, also of the same task', async () => {
    const task = one({ taskId: 'same', ref: 'r' });
    const results = await send([task, task]);
    const messages = await world.plain.take('work', 2);
    expect(new Set(messages.map(({ properties }) => properties.messageId as string)).size).toBe(2);
    const keys = results.map((result) => result.ok && result.key);
    expect(keys[0]).toBe(keys[1]);
  });

  it('keeps the order of a thousand items, in the results and in the queue', async () => {
    const requests = Array.from({ length: 1000 }, (_, index) => one({ taskId: `t${index}` }));
    const results = await send(requests, { settings: { window: 50 } });
    const ids = requests.map(({ taskId }) => taskId);
    expect(results.map((result) => result.ok && result.task_id)).toEqual(ids);
    const messages = await world.plain.take('work', 1000);
    expect(messages.map(({ body }) => (body as { task_id: string }).task_id)).toEqual(ids);
  });

  it('fails what no queue takes, and the others are there', async () => {
    const results = await send([
      one({ taskId: 'a' }),
      one({ taskId: 'b', to: { kind: 'queue', queue: 'nowhere' } }),
      one({ taskId: 'c' }),
    ]);
    expect(results).toMatchObject([
      { ok: true },
      { ok: false, error: { name: 'RefusedError', code: 'unroutable' } },
      { ok: true },
    ]);
    const messages = await world.plain.take('work', 2);
    expect(messages.map(({ body }) => (body as { task_id: string }).task_id)).toEqual(['a', 'c']);
  });

  it('fails the items of a missing exchange alone, whatever is under way beside them', async () => {
    await world.plain.channel.assertExchange('events', 'topic');
    await world.plain.channel.bindQueue('work', 'events', 'extract');
    const exchanges = ['events', 'missing', '', 'missing', 'events'];
    const results = await send(
      Array.from({ length: 200 }, (_, index) => {
        const exchange = exchanges[index % exchanges.length];
        return one({
          taskId: `t${index}`,
          to: exchange ? { kind: 'exchange', exchange } : toQueue,
        });
      }),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(120);
    const failed = results.flatMap((result, index) => (result.ok ? [] : [{ index, ...result }]));
    expect(failed.every(({ index }) => exchanges[index % 5] === 'missing')).toBe(true);
    expect(failed[0]).toMatchObject({
      error: { code: 'not_found', message: 'There is no exchange "missing".' },
    });
    await world.plain.take('work', 120);
  });

  it('fails what a full queue refuses', async () => {
    await world.plain.declare('full', {
      'x-queue-type': 'classic',
      'x-max-length': 1,
      'x-overflow': 'reject-publish',
    });
    const to = { kind: 'queue', queue: 'full' } as const;
    const results = await send([one({ to }), one({ to })]);
    expect(results).toMatchObject([{ ok: true }, { ok: false, error: { code: 'nacked' } }]);
  });

  describe('data above the threshold', () => {
    const data = { text: 'ä'.repeat(40_000) };

    it('stands in the store before its message is sent, under the same key as in the body', async () => {
      const [result] = await send([one({ taskId: 'big', ref: 'r', data })]);
      if (!result?.ok || !result.claim) throw new Error('no claim');
      const [message] = await world.plain.take('work', 1);
      expect(message?.body).toEqual({ task_id: 'big', intent: 'extract', ref: 'r' });
      expect(message?.headers['x-swarm-data-claim']).toBe(result.claim);
      expect(result.key).toBe(fingerprint({ intent: 'extract', ref: 'r', data }));
      expect(await new RedisPayloads(store).redeem(result.claim)).toMatchObject({
        payload: { kind: 'json', value: data },
      });
    });

    it('follows the threshold and the time to live given', async () => {
      const settings = { storeAboveBytes: 1024, payload: { ttlMs: 5000 } };
      const [small, large] = await send(
        [one({ data: { a: 1 } }), one({ data: { a: 'x'.repeat(1100) } })],
        { settings },
      );
      expect(small).not.toHaveProperty('claim');
      if (!large?.ok || !large.claim) throw new Error('no claim');
      const left = await world.keys.redis.pttl(store.keys.claim(large.claim.slice(6)));
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(5000);
    });

    it('does not stay in the store when its message was surely not sent', async () => {
      await world.keys.clear();
      const results = await send([
        one({ data, to: { kind: 'queue', queue: 'nowhere' } }),
        one({ data, to: { kind: 'exchange', exchange: 'missing' } }),
        one({ data, intent: '' }),
      ]);
      expect(results.map(({ ok }) => ok)).toEqual([false, false, false]);
      expect(await world.keys.keys()).toEqual([]);
    });

    it('is refused without a store, with nothing sent', async () => {
      const results = await send([one({ data }), one({ taskId: 'small' })], { withStore: false });
      expect(results).toMatchObject([
        { ok: false, error: { name: 'InputError', field: 'Data' } },
        { ok: true, task_id: 'small' },
      ]);
      expect(await world.plain.drain('work')).toHaveLength(1);
    });

    it('fails its own item alone while the store is away', async () => {
      const gone = storeSchema.parse({ kind: 'standalone', host: '127.0.0.1', port: 1 });
      const results = await withPublisher(world.broker, (publisher) =>
        dispatch({
          count: 2,
          request: (index) => (index === 0 ? one({ data }) : one({ taskId: 'small' })),
          publisher,
          usePayloads: async (act) => await act(new RedisPayloads(await Store.open(gone, 'once'))),
        }),
      );
      expect(results).toMatchObject([
        { ok: false, error: { name: 'UnavailableError', code: 'unreachable' } },
        { ok: true, task_id: 'small' },
      ]);
    });
  });
});
