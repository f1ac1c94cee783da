import fc from 'fast-check';

import type { Budgets } from '../../../src/budget/budgets';
import { reservationOf, type Reservation } from '../../../src/budget/reservation';
import { askSchema, type Ask, type BudgetOptions } from '../../../src/contract/budget';
import { Oracle } from './oracle';
import { SimulatedTime } from './simulated';

/**
 * The promise of a budget, for any number of processes and any order of what they do: in no 60 s, wherever they begin, do requests, or
 * reserved tokens net of refunds, exceed the limit. The oracle keeps every grant in a list and knows nothing of cells, sums or scripts.
 */

jest.setTimeout(120_000);

let time: SimulatedTime;
beforeAll(async () => {
  time = await SimulatedTime.open();
});
afterAll(async () => {
  await time.close();
});

const PROCESSES = 8;
const LEASE_MS = 20_000;

type Act =
  | {
      readonly kind: 'ask';
      readonly input: number;
      readonly output: number;
      readonly requests: number;
    }
  | { readonly kind: 'end'; readonly which: number; readonly used: number; readonly more: number }
  | { readonly kind: 'release' | 'repeat' | 'vanish' | 'extend'; readonly which: number };

interface Step {
  readonly process: number;
  /** ms since the step before. */
  readonly after: number;
  readonly act: Act;
}

const which = fc.nat(50);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      input: fc.nat(300),
      output: fc.nat(700),
      requests: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      which,
      used: fc.nat(100),
      more: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(600)),
    }),
  },
  fc.record({ kind: fc.constantFrom('release', 'repeat', 'vanish', 'extend'), which }),
);

const steps = fc.array(
  fc.record({
    process: fc.nat(PROCESSES - 1),
    after: fc.oneof(
      { weight: 6, arbitrary: fc.nat(500) },
      { weight: 3, arbitrary: fc.nat(8000) },
      { weight: 1, arbitrary: fc.integer({ min: 55_000, max: 70_000 }) },
    ),
    act,
  }),
  { minLength: 20, maxLength: 80, size: 'max' },
);

let budget = 0;

/** What the processes do, and what an exact log makes of it. */
class World {
  readonly processes: readonly Budgets[];
  readonly live: { held: Reservation; ask: Ask }[] = [];
  readonly oracle: Oracle;
  readonly name = `promise ${budget++}`;
  granted = 0;

  private constructor(readonly limits: BudgetOptions) {
    this.processes = Array.from({ length: PROCESSES }, () => time.budgets());
    this.oracle = new Oracle(limits.minute ?? {}, limits.guardMs ?? 2000);
  }

  static async of(limits: BudgetOptions): Promise<World> {
    const world = new World({ ...limits, adaptive: null });
    await world.budgets(0).create(world.name, world.limits, { ifThere: 'keep', isNew: true });
    return world;
  }

  budgets(process: number): Budgets {
    return this.processes[process] as Budgets;
  }

  async step({ process, after, act }: Step, index: number): Promise<void> {
    time.now += after;
    const budgets = this.budgets(process);
    if (act.kind === 'ask') return await this.ask(budgets, `call ${index}`, act);
    const one = this.live.length > 0 ? act.which % this.live.length : -1;
    const entry = this.live[one];
    if (!entry) return;
    const { held, ask } = entry;
    switch (act.kind) {
      case 'end': {
        const output = Math.floor((held.reserved.output * act.used) / 100) + act.more;
        this.live.splice(one, 1);
        this.oracle.end(held.id, time.now, { input: held.reserved.input, output });
        const usage = { input: held.reserved.input, output };
        // Forgotten: its lease ran out more than a minute ago.
        expect(['ended', 'unknown']).toContain(await budgets.reconcile(held, usage));
        // Once more, as after a lost answer, and from elsewhere.
        expect(await this.budgets(0).reconcile(held, usage)).toBe('already');
        return;
      }
      case 'release':
        this.live.splice(one, 1);
        this.oracle.release(held.id);
        expect(['ended', 'already']).toContain(await budgets.release(this.name, held.id));
        expect(await budgets.release(this.name, held.id)).toBe('already');
        return;
      case 'repeat':
        // An id is known for a minute after its end; later it would be another call.
        if (!this.oracle.remembers(held.id, time.now)) return;
        expect(await budgets.reserve(this.name, ask)).toMatchObject({
          kind: 'granted',
          reserved: held.reserved,
        });
        return;
      case 'vanish':
        this.live.splice(one, 1);
        return;
      case 'extend':
        this.oracle.extend(held.id, time.now, LEASE_MS);
        expect(['extended', 'restored']).toContain((await budgets.extend(this.name, [held]))[0]);
        return;
    }
  }

  private async ask(budgets: Budgets, id: string, amount: { input: number; output: number }) {
    const ask = askSchema.parse({ id, leaseMs: LEASE_MS, ...amount });
    const fits = this.oracle.fits(time.now, ask, 250);
    const verdict = await budgets.reserve(this.name, ask);
    if (verdict.kind === 'granted') {
      this.oracle.grant(id, time.now, verdict.reserved, LEASE_MS);
      this.live.push({ held: reservationOf(this.name, ask, verdict.reserved), ask });
      this.granted += 1;
      expect(this.oracle.broken(time.now)).toEqual([]);
    } else {
      // Nobody is turned away whom the limits would bear, a quarter of a second aside.
      expect({ verdict: verdict.kind, fits }).toEqual({ verdict: 'wait', fits: false });
      // Who waits here never comes back: it leaves the line.
      await budgets.release(this.name, id);
    }
  }
}

const limits: fc.Arbitrary<BudgetOptions> = fc.record({
  minute: fc.record(
    {
      requests: fc.integer({ min: 3, max: 30 }),
      input: fc.integer({ min: 300, max: 3000 }),
      output: fc.integer({ min: 700, max: 7000 }),
      total: fc.integer({ min: 1000, max: 10_000 }),
    },
    { requiredKeys: ['requests'] },
  ),
  guardMs: fc.constantFrom(0, 2000, 5000),
});

test('in no 60 seconds do requests or reserved tokens exceed the limit, and no room is wasted', async () => {
  let granted = 0;
  await fc.assert(
    fc.asyncProperty(limits, steps, async (given, all) => {
      const world = await World.of(given);
      for (const [index, step] of all.entries()) await world.step(step, index);
      expect(world.oracle.mostRequests()).toBeLessThanOrEqual(given.minute?.requests as number);
      granted += world.granted;
    }),
    { numRuns: 150, interruptAfterTimeLimit: 60_000 },
  );
  expect(granted).toBeGreaterThan(100);
});
