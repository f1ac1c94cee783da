import { pauseAfter } from '../../../src/budget/acquire';
import type { Budgets } from '../../../src/budget/budgets';
import { reservationOf, type Reservation } from '../../../src/budget/reservation';
import { askSchema, type AskOptions } from '../../../src/contract/budget';
import { seededChance } from '../../support/provider/chance';
import { longTailed, type CallLength, type Seen } from '../../support/llmCalls';
import type { SimulatedTime } from './simulated';

export interface ProviderLimits {
  requests?: number;
  tokens?: number;
  calls?: number;
}

/** A provider with an exact sliding minute: requests count when they arrive, tokens when the answer ends. */
export class SlidingProvider {
  readonly seen: Seen[] = [];
  private running = 0;

  constructor(public limits: ProviderLimits) {}

  /** undefined: taken; else how long until a request would be, ms. */
  arrive(now: number): number | undefined {
    const { requests, tokens, calls } = this.limits;
    const arrived = this.accepted((call) => call.arrived > now - 60_000);
    const spent = this.accepted((call) => call.ended > now - 60_000 && call.ended <= now);
    const full =
      (requests !== undefined && arrived.length >= requests) ||
      (tokens !== undefined && sum(spent) >= tokens) ||
      (calls !== undefined && this.running >= calls);
    if (!full) {
      this.running += 1;
      return undefined;
    }
    this.seen.push({ arrived: now, ended: now, tokens: 0, rejected: true });
    const first = arrived[Math.max(0, arrived.length - (requests ?? arrived.length))];
    return Math.max(100, (first?.arrived ?? now - 59_000) + 60_000 - now);
  }

  take(arrived: number, ended: number, tokens: number): void {
    this.seen.push({ arrived, ended, tokens, rejected: false });
  }

  end(): void {
    this.running -= 1;
  }

  private accepted(which: (call: Seen) => boolean): Seen[] {
    return this.seen.filter((call) => !call.rejected && which(call));
  }
}

const sum = (calls: readonly Seen[]) => calls.reduce((all, { tokens }) => all + tokens, 0);

export interface Traffic {
  readonly ask: (id: string, length: CallLength) => AskOptions;
  readonly callers: number;
  readonly forMs: number;
  /** Of the request to the provider, ms at most. */
  readonly wayMs?: number;
  readonly retryAfter?: boolean;
  readonly length?: (chance: () => number) => CallLength;
  /** Called at its time. */
  readonly events?: readonly (readonly [number, () => void])[];
}

/** Callers that always have another call to make, each after the other: one budget, one provider, simulated time, the same each time. */
export async function runTraffic(
  time: SimulatedTime,
  provider: SlidingProvider,
  budgets: readonly Budgets[],
  budget: string,
  traffic: Traffic,
): Promise<void> {
  const seeded = seededChance(7);
  let drawn = 0;
  const chance = () => seeded(drawn++);
  const end = time.now + traffic.forMs;
  const agenda: { at: number; order: number; act: () => Promise<void> | void }[] = [];
  let order = 0;
  const after = (ms: number, act: () => Promise<void> | void) => {
    const entry = { at: time.now + ms, order: order++, act };
    let [low, high] = [0, agenda.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((agenda[middle] as typeof entry).at <= entry.at) low = middle + 1;
      else high = middle;
    }
    agenda.splice(low, 0, entry);
  };
  const { wayMs = 50, length = longTailed } = traffic;

  const begin = (caller: number, call: number) => {
    const own = budgets[caller % budgets.length] as Budgets;
    const id = `${caller}.${call}`;
    const size = length(chance);
    const asked = askSchema.parse(traffic.ask(id, size));
    const next = () => begin(caller, call + 1);
    const asks = async () => {
      const verdict = await own.reserve(budget, asked);
      if (verdict.kind === 'oversized' || verdict.kind === 'unknown') throw new Error(verdict.kind);
      if (verdict.kind !== 'granted') return after(pauseAfter(verdict, chance()), asks);
      const held = reservationOf(budget, asked, verdict.reserved);
      after(chance() * wayMs, () => arrive(held));
    };
    const arrive = (held: Reservation) => {
      const refused = provider.arrive(time.now);
      if (refused !== undefined) {
        return after(chance() * wayMs, async () => {
          await own.block(budget, traffic.retryAfter === false ? undefined : refused, id);
          await own.reconcile(held, { input: 0, output: 0, ok: false });
          next();
        });
      }
      const { takesMs, input, output } = size;
      provider.take(time.now, time.now + takesMs, input + output);
      for (let ms = 10_000; ms < takesMs; ms += 10_000) {
        after(ms, async () => {
          await own.extend(budget, [held]);
        });
      }
      after(takesMs, () => {
        provider.end();
        after(chance() * wayMs, async () => {
          await own.reconcile(held, { input, output });
          next();
        });
      });
    };
    after(0, asks);
  };
  for (let caller = 0; caller < traffic.callers; caller++) begin(caller, 0);
  for (const [ms, act] of traffic.events ?? []) after(ms, act);
  for (let entry = agenda.shift(); entry && entry.at <= end; entry = agenda.shift()) {
    time.now = entry.at;
    await entry.act();
  }
}
