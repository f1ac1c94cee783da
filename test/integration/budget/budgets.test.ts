import { acquire } from '../../../src/budget/acquire';
import { Budgets } from '../../../src/budget/budgets';
import { Holding } from '../../../src/budget/keep';
import { reservationOf, type Reservation } from '../../../src/budget/reservation';
import { askSchema, type AskOptions, type BudgetOptions } from '../../../src/contract/budget';
import { SimulatedTime } from './simulated';

jest.setTimeout(60_000);

let time: SimulatedTime;
let one: Budgets;
let other: Budgets;
beforeEach(async () => {
  time = await SimulatedTime.open();
  [one, other] = [time.budgets(), time.budgets()];
});
afterEach(async () => {
  await time.close();
});

const NAME = 'gpt {large}: main';

async function create(limits: BudgetOptions) {
  return await one.create(NAME, { adaptive: null, ...limits }, { ifThere: 'update', isNew: true });
}

/** One that is surely granted. */
async function take(budgets: Budgets, ask: AskOptions): Promise<Reservation> {
  const verdict = await budgets.reserve(NAME, ask);
  if (verdict.kind !== 'granted') throw new Error(JSON.stringify(verdict));
  return reservationOf(NAME, askSchema.parse(ask), verdict.reserved);
}

const granted = { kind: 'granted' };
const waits = (constraint: string) => ({ kind: 'wait', constraint });

describe('a reservation', () => {
  it('is one charge however often it is asked for, also at once', async () => {
    await create({ minute: { requests: 3 } });
    const asks = [one, one, other].map((budgets) => budgets.reserve(NAME, { id: 'a' }));
    expect(await Promise.all(asks)).toEqual([
      { kind: 'granted', id: 'a', reserved: { requests: 1, input: 0, output: 0 }, waited: false },
      { kind: 'granted', id: 'a', reserved: { requests: 1, input: 0, output: 0 }, waited: false },
      { kind: 'granted', id: 'a', reserved: { requests: 1, input: 0, output: 0 }, waited: false },
    ]);
    expect((await one.state(NAME))?.minute.requests).toBe(1);
  });

  it('is all or nothing: what one constraint refuses is charged to none', async () => {
    await create({ minute: { requests: 10, input: 1000, output: 100 } });
    await take(one, { id: 'a', input: 100, output: 60 });
    const refused = await other.reserve(NAME, { id: 'b', input: 100, output: 60 });
    expect(refused).toMatchObject(waits('output_minute'));
    expect(await one.state(NAME)).toMatchObject({
      minute: { requests: 1, input: 0, output: 0 },
      reserved: { input: 100, output: 60 },
      calls: 1,
      waiting: 1,
    });
  });

  it('larger than the budget can ever grant is told so, with the figures', async () => {
    await create({ minute: { input: 1000 }, day: { total: 1500 } });
    expect(await one.reserve(NAME, { id: 'a', input: 1001 })).toEqual({
      kind: 'oversized',
      constraint: 'input_minute',
      limit: 1000,
      asked: 1001,
    });
    expect(await one.reserve(NAME, { id: 'b', input: 800, output: 800 })).toMatchObject({
      kind: 'oversized',
      constraint: 'total_day',
    });
  });

  it('says when to come back, and is granted then', async () => {
    await create({ minute: { requests: 2 } });
    await take(one, { id: 'a' });
    time.now += 10_000;
    await take(one, { id: 'b' });
    const verdict = await other.reserve(NAME, { id: 'c' });
    if (verdict.kind !== 'wait') throw new Error(verdict.kind);
    expect(verdict.ms).toBeGreaterThan(52_000 - 1);
    expect(verdict.ms).toBeLessThanOrEqual(52_250);
    time.now += verdict.ms - 1;
    expect(await other.reserve(NAME, { id: 'c' })).toMatchObject(waits('requests_minute'));
    time.now += 1;
    expect(await other.reserve(NAME, { id: 'c' })).toMatchObject({ ...granted, waited: true });
  });

  it('leaves a minute and the guard after its call ended: tokens are counted then', async () => {
    await create({ minute: { total: 1000 } });
    const held = await take(one, { id: 'a', input: 100, output: 900, leaseMs: 600_000 });
    time.now += 50_000;
    expect(await one.reconcile(held, { input: 100, output: 400 })).toBe('ended');
    await take(one, { id: 'b', output: 500 });
    time.now += 61_999;
    expect(await one.reserve(NAME, { id: 'c', output: 500 })).toMatchObject(waits('total_minute'));
    time.now += 251;
    expect(await one.reserve(NAME, { id: 'c', output: 500 })).toMatchObject(granted);
  });

  it('that went over is a debt, charged at once', async () => {
    await create({ minute: { total: 1000 } });
    const held = await take(one, { id: 'a', output: 100 });
    await one.reconcile(held, { output: 950 });
    expect(await one.reserve(NAME, { id: 'b', output: 60 })).toMatchObject(waits('total_minute'));
  });

  it('of a call that was not sent comes back as a whole', async () => {
    await create({ minute: { requests: 1, total: 100 }, day: { requests: 1 }, calls: 1 });
    await take(one, { id: 'a', output: 100 });
    expect(await one.release(NAME, 'a')).toBe('ended');
    expect(await one.release(NAME, 'a')).toBe('already');
    await take(one, { id: 'b', output: 100 });
  });

  it('whose holder vanished frees its slot, and its tokens stay charged for a minute', async () => {
    await create({ calls: 1, minute: { total: 1000 } });
    await take(one, { id: 'a', output: 900, leaseMs: 10_000 });
    expect(await other.reserve(NAME, { id: 'b', output: 100 })).toMatchObject(waits('calls'));
    time.now += 10_000;
    await take(other, { id: 'c', output: 100 });
    await other.release(NAME, 'c');
    time.now += 61_999;
    expect(await other.reserve(NAME, { id: 'd', output: 200 })).toMatchObject(
      waits('total_minute'),
    );
    time.now += 251;
    await take(other, { id: 'd', output: 200 });
  });

  it('is held as long as it is extended, and again when its lease had run out', async () => {
    await create({ minute: { total: 1000 }, calls: 5 });
    const held = await take(one, { id: 'a', output: 900, leaseMs: 10_000 });
    for (let k = 0; k < 9; k++) {
      time.now += 9000;
      expect(await one.extend(NAME, [held])).toEqual(['extended']);
    }
    expect(await one.state(NAME)).toMatchObject({ calls: 1, reserved: { output: 900 } });
    time.now += 11_000;
    expect(await one.state(NAME)).toMatchObject({ calls: 0, minute: { output: 900 } });
    expect(await one.extend(NAME, [held])).toEqual(['restored']);
    expect(await one.state(NAME)).toMatchObject({ calls: 1, minute: { output: 0 } });
    expect(await one.reconcile(held, { output: 10 })).toBe('ended');
    expect(await one.extend(NAME, [held])).toEqual(['ended']);
    expect(await one.state(NAME)).toMatchObject({ calls: 0, minute: { output: 10 } });
  });
});

describe('a budget', () => {
  it('keeps a day as it keeps a minute', async () => {
    await create({ day: { requests: 2 } });
    await take(one, { id: 'a' });
    time.now += 12 * 3_600_000;
    await take(one, { id: 'b' });
    const verdict = await one.reserve(NAME, { id: 'c' });
    expect(verdict).toMatchObject(waits('requests_day'));
    time.now += 12 * 3_600_000 - 1000;
    expect(await one.reserve(NAME, { id: 'c' })).toMatchObject(waits('requests_day'));
    time.now += 63_000;
    await take(one, { id: 'c' });
  });

  it('gives a tenant its share and no more, and lets it have one call however large', async () => {
    await create({ minute: { requests: 10, total: 1000 }, tenantShare: 0.3 });
    await take(one, { id: 'large', tenant: 'a', output: 500 });
    expect(await one.reserve(NAME, { id: 'more', tenant: 'a', output: 10 })).toMatchObject(
      waits('tenant_share'),
    );
    // Who waits for its share keeps nobody else.
    await take(other, { id: 'b1', tenant: 'b', output: 200 });
    await take(other, { id: 'b2', tenant: 'b', output: 100 });
    expect(await other.reserve(NAME, { id: 'b3', tenant: 'b', output: 1 })).toMatchObject(
      waits('tenant_share'),
    );
  });

  it('paces its grants over the minute', async () => {
    await create({ minute: { requests: 60 }, burst: 0.1 });
    let grants = 0;
    const most: number[] = [];
    for (let second = 0; second < 62; second++) {
      let now = 0;
      while ((await one.reserve(NAME, { id: `${second}.${now}` })).kind === 'granted') now += 1;
      await one.release(NAME, `${second}.${now}`);
      grants += now;
      most.push(now);
      time.now += 1000;
    }
    expect(most[0]).toBeLessThanOrEqual(7);
    expect(Math.max(...most.slice(1))).toBeLessThanOrEqual(2);
    expect(grants).toBe(60);
  });

  it('is blocked for everyone until then; a block is never shortened, but can be lifted', async () => {
    await create({ minute: { requests: 100 } });
    await take(one, { id: 'a' });
    expect(await one.block(NAME, 30_000, 'a')).toBe(30_000);
    await take(time.budgets(), { id: 'a' });
    expect(await other.reserve(NAME, { id: 'b' })).toEqual({ kind: 'blocked', ms: 30_000 });
    expect(await other.block(NAME, 5000)).toBe(30_000);
    time.now += 29_000;
    expect(await other.reserve(NAME, { id: 'b' })).toEqual({ kind: 'blocked', ms: 1000 });
    expect(await one.switch(NAME, 'unblock')).toBe(true);
    await take(other, { id: 'b' });
  });

  it('is blocked for longer each time when the provider names no time', async () => {
    await create({ minute: { requests: 100 } });
    for (const [id, ms] of [
      ['a', 1000],
      ['b', 2000],
      ['c', 4000],
    ] as const) {
      const held = await take(one, { id });
      expect(await one.block(NAME, undefined, id)).toBe(ms);
      // The same refusal told again, and another of the same moment.
      expect(await one.block(NAME, undefined, id)).toBe(ms);
      expect(await one.reconcile(held, { ok: false })).toBe('ended');
      time.now += ms;
    }
    const held = await take(one, { id: 'd' });
    time.now += 1000;
    await one.reconcile(held);
    await take(one, { id: 'e' });
    expect(await one.block(NAME, undefined, 'e')).toBe(1000);
  });

  it('is paused and resumed', async () => {
    await create({});
    expect(await one.switch(NAME, 'pause')).toBe(true);
    expect(await other.reserve(NAME, { id: 'a' })).toEqual({ kind: 'paused' });
    await other.switch(NAME, 'resume');
    await take(one, { id: 'a' });
    expect(await one.switch('nobody', 'pause')).toBe(false);
  });

  it('takes other limits and keeps what was charged', async () => {
    await create({ minute: { requests: 5 } });
    for (const id of ['a', 'b', 'c']) await take(one, { id });
    const limits = { minute: { requests: 3 }, adaptive: null };
    expect(await other.create(NAME, limits, { ifThere: 'keep' })).toEqual({ kind: 'exists' });
    await take(one, { id: 'd' });
    expect(await other.create(NAME, limits, { ifThere: 'update' })).toEqual({ kind: 'updated' });
    expect(await one.reserve(NAME, { id: 'e' })).toMatchObject(waits('requests_minute'));
    expect(await one.names()).toEqual([NAME]);
  });

  it('that nobody knows is created by its first use, with the limits given', async () => {
    expect(await one.reserve(NAME, { id: 'a' })).toEqual({ kind: 'unknown' });
    expect(await one.state(NAME)).toBeUndefined();
    expect(await one.block(NAME, 1000)).toBeUndefined();
    const verdict = await one.reserveOrCreate(NAME, { id: 'a' }, { minute: { requests: 1 } });
    // A server that started a moment ago may have lost it.
    expect(['granted', 'closed']).toContain(verdict.kind);
    expect((await one.state(NAME))?.limits.minute).toEqual({ requests: 1 });
  });
});

describe('those who wait', () => {
  it('are served in their order, small ones after a large one too', async () => {
    await create({ minute: { total: 1000 } });
    const held = await take(one, { id: 'first', output: 900 });
    expect(await one.reserve(NAME, { id: 'large', output: 800 })).toMatchObject(
      waits('total_minute'),
    );
    time.now += 100;
    expect(await other.reserve(NAME, { id: 'small', output: 100 })).toMatchObject(waits('line'));
    await one.reconcile(held, { output: 200 });
    expect(await other.reserve(NAME, { id: 'newcomer', output: 100 })).toMatchObject(waits('line'));
    expect(await one.reserve(NAME, { id: 'large', output: 800 })).toMatchObject(granted);
  });

  it('go first when their run has begun', async () => {
    await create({ calls: 1 });
    await take(one, { id: 'busy' });
    await one.reserve(NAME, { id: 'new run' });
    time.now += 100;
    await one.reserve(NAME, { id: 'second call', begun: true });
    await one.release(NAME, 'busy');
    expect(await one.reserve(NAME, { id: 'new run' })).toMatchObject(waits('line'));
    expect(await one.reserve(NAME, { id: 'second call', begun: true })).toMatchObject(granted);
  });

  it('lose their place when they do not come back', async () => {
    await create({ calls: 1 });
    await take(one, { id: 'busy', leaseMs: 600_000 });
    const gone = await one.reserve(NAME, { id: 'gone' });
    if (gone.kind !== 'wait') throw new Error(gone.kind);
    await one.release(NAME, 'busy');
    expect(await one.reserve(NAME, { id: 'next' })).toMatchObject(waits('line'));
    time.now += gone.askAgainMs + 2000;
    expect(await one.reserve(NAME, { id: 'next' })).toMatchObject(granted);
    expect((await one.state(NAME))?.waiting).toBe(0);
  });
});

describe('a store that lost its data', () => {
  const limits: BudgetOptions = { minute: { requests: 5 }, adaptive: null };
  const keys = () => time.store.keys.budget(NAME);

  it('keeps a lost budget closed for as long as the provider remembers', async () => {
    await create(limits);
    await take(one, { id: 'a' });
    await time.plain.clear();
    expect(await one.reserveOrCreate(NAME, { id: 'b' }, limits)).toEqual({
      kind: 'closed',
      ms: 62_250,
    });
    time.now += 62_250;
    await take(one, { id: 'b' });
  });

  it('finds out from the list of budgets what this process does not know', async () => {
    await create(limits);
    await time.plain.redis.unlink(...keys());
    expect(await other.create(NAME, limits, { ifThere: 'keep' })).toEqual({
      kind: 'created',
      closedMs: 62_250,
    });
  });

  it.each([1, 2, 3])('closes when part %i of the book is gone', async (part) => {
    await create(limits);
    await take(one, { id: 'a' });
    await time.plain.redis.unlink(keys()[part] as string);
    expect(await one.reserve(NAME, { id: 'b' })).toEqual({ kind: 'closed', ms: 62_250 });
  });

  it('charges calls under way again, by their next extension', async () => {
    await create({ minute: { total: 1000 } });
    const held = await take(one, { id: 'a', output: 900 });
    await time.plain.redis.unlink(...keys().slice(1));
    expect(await one.extend(NAME, [held])).toEqual(['restored']);
    time.now += 25_000;
    await one.extend(NAME, [held]);
    time.now += 25_000;
    await one.extend(NAME, [held]);
    time.now += 25_000;
    expect(await one.reserve(NAME, { id: 'b', output: 500 })).toMatchObject(waits('total_minute'));
  });
});

test('what nobody uses is forgotten, but not the budget', async () => {
  await create({ minute: { requests: 1000 }, tenantShare: 0.5 });
  for (let k = 0; k < 20; k++) {
    const held = await take(one, { id: `${k}`, tenant: `tenant ${k}`, output: 5 });
    await one.reconcile(held, { output: 3 });
    time.now += 400;
  }
  time.now += 70_000;
  expect(await one.state(NAME)).toMatchObject({ minute: { requests: 0, output: 0 }, calls: 0 });
  const [, book, leaves, due, line] = time.store.keys.budget(NAME) as [string, ...string[]];
  expect(await time.plain.hash(book as string)).toEqual({ x: '1' });
  expect(await time.plain.redis.zcard(leaves as string)).toBe(1);
  expect(await time.plain.redis.zcard(due as string)).toBe(1);
  expect(await time.plain.redis.exists(line as string)).toBe(0);
  const ttl = await time.plain.redis.pttl(book as string);
  expect(ttl).toBeGreaterThan(0);
});

describe('in the store’s own time', () => {
  const acquireFor = (budgets: Budgets, ask: AskOptions, longestMs: number, signal?: AbortSignal) =>
    acquire(budgets, NAME, ask, { longestMs, signal });

  it('a call waits for its turn and gets it when another ends', async () => {
    const budgets = new Budgets(time.store);
    await budgets.create(NAME, { calls: 1 }, { ifThere: 'keep', isNew: true });
    const first = await acquireFor(budgets, { id: 'a' }, 1000);
    if (first.kind !== 'acquired') throw new Error(first.kind);
    let told = '';
    const second = acquire(
      budgets,
      NAME,
      { id: 'b' },
      {
        longestMs: 30_000,
        onWait: (verdict) => {
          told = verdict.kind === 'wait' ? verdict.constraint : verdict.kind;
          void budgets.reconcile(first.reservation);
        },
      },
    );
    expect(await second).toMatchObject({ kind: 'acquired', reservation: { id: 'b' } });
    expect(told).toBe('calls');
  });

  it('gives up when the longest wait is over, and at once when a block is longer', async () => {
    const budgets = new Budgets(time.store);
    await budgets.create(NAME, { calls: 1 }, { ifThere: 'keep', isNew: true });
    await acquireFor(budgets, { id: 'a' }, 1000);
    const late = await acquireFor(budgets, { id: 'b' }, 300);
    expect(late).toMatchObject({ kind: 'waited_out', last: { kind: 'wait', constraint: 'calls' } });
    expect((await budgets.state(NAME))?.waiting).toBe(0);
    await budgets.block(NAME, 60_000);
    const blocked = await acquireFor(budgets, { id: 'c' }, 30_000);
    expect(blocked).toMatchObject({ kind: 'waited_out', last: { kind: 'blocked' } });
    if (blocked.kind === 'waited_out') expect(blocked.waitedMs).toBeLessThan(20_000);
  });

  it('an abort leaves nothing behind', async () => {
    const budgets = new Budgets(time.store);
    await budgets.create(NAME, { calls: 1 }, { ifThere: 'keep', isNew: true });
    await acquireFor(budgets, { id: 'a' }, 1000);
    const aborter = new AbortController();
    const waiting = acquire(
      budgets,
      NAME,
      { id: 'b' },
      {
        longestMs: 30_000,
        signal: aborter.signal,
        onWait: () => aborter.abort(),
      },
    );
    await expect(waiting).rejects.toThrow('closed');
    expect(await budgets.state(NAME)).toMatchObject({ waiting: 0, calls: 1 });
  });

  it('what is held is extended until it is let go', async () => {
    const held = reservationOf(NAME, askSchema.parse({ id: 'a' }), {
      requests: 1,
      input: 0,
      output: 1,
    });
    const extended: string[][] = [];
    const seen = new Promise<void>((resolve) => {
      const holding = new Holding(
        {
          extend: async (_name, all) => {
            extended.push(all.map(({ id }) => id));
            letGo();
            resolve();
            return [];
          },
        },
        () => undefined,
        5,
      );
      const letGo = holding.keep(held);
    });
    await seen;
    expect(extended).toEqual([['a']]);
  });
});

describe('a refusal when little was asked', () => {
  it('does not nearly end all calls: a tenth of the limit goes on', async () => {
    await create({ minute: { requests: 100 }, adaptive: {} });
    const first = await take(one, { id: 'first' });
    await one.block(NAME, 1000, 'first');
    await one.reconcile(first, { input: 0, output: 0, ok: false });
    time.now += 1001;
    let granted = 0;
    for (let call = 0; call < 20; call += 1) {
      const id = `call-${call}`;
      const verdict = await one.reserve(NAME, { id });
      if (verdict.kind !== 'granted') continue;
      granted += 1;
      const held = reservationOf(NAME, askSchema.parse({ id }), verdict.reserved);
      await one.reconcile(held, { input: 0, output: 0 });
    }
    expect(granted).toBe(10);
  });
});
