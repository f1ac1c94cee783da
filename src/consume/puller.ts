import type { Delivery } from '../contract/message';
import { pause } from '../contract/patience';
import type { ConsumerSettings } from '../contract/settings';
import type { WhoseTurn } from './rounds';
import type { Spread } from './spread';

/** What a task counts as when neither its message nor the trigger estimates its tokens. */
const USUAL_TOKENS = 1000;
/** How often an empty lane is looked at, ms, also while others have work: another process may have filled it. */
const LOOK_MS = 1000;

export interface PullerOptions {
  readonly spread: Spread;
  readonly settings: Pick<ConsumerSettings, 'weights' | 'budget'>;
  /** Most deliveries in hand. */
  slots(): number;
  /** The next message of a lane; undefined when it has none. */
  pull(lane: number): Promise<Delivery | undefined>;
  /** Resolves when the delivery is settled; must not reject. */
  take(delivery: Delivery): Promise<void>;
}

/**
 * Takes from the lanes in turn, a delivery whenever there is a place for one. Pulled one by one and not delivered ahead: what waits in
 * this process could not be overtaken any more, and would grow old in hand.
 */
export class Puller {
  private readonly rounds: WhoseTurn;
  /** ms of the monotonic clock: from when on a lane may have work. */
  private readonly emptyUntil: number[];
  private taken = 0;
  private wake: () => void = () => undefined;

  constructor(private readonly options: PullerOptions) {
    const { spread } = options;
    this.rounds = spread.rounds(USUAL_TOKENS);
    this.emptyUntil = Array.from({ length: spread.lanes }, () => 0);
  }

  get inHand(): number {
    return this.taken;
  }

  /** Something was put into a lane, or there are more places. */
  filled(lane?: number): void {
    if (lane !== undefined) this.emptyUntil[lane] = 0;
    this.wake();
  }

  /** Until the signal aborts. @throws what `pull` throws, when its channel has ended */
  async work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.taken >= this.options.slots()) {
        await this.woken(signal);
        continue;
      }
      const now = performance.now();
      const lane = this.rounds.next((each) => now >= (this.emptyUntil[each] ?? 0));
      if (lane !== undefined) await this.takeFrom(lane);
      else await this.woken(signal, Math.min(...this.emptyUntil) - now);
    }
  }

  private async takeFrom(lane: number): Promise<void> {
    const { pull, take, settings } = this.options;
    const delivery = await pull(lane);
    if (!delivery) {
      this.emptyUntil[lane] = performance.now() + LOOK_MS;
      this.rounds.emptied(lane);
      return;
    }
    this.rounds.charge(lane, costOf(delivery, settings));
    this.taken += 1;
    void take(delivery).then(() => {
      this.taken -= 1;
      this.wake();
    });
  }

  /** @param ms the longest wait; none: only something that happens ends it */
  private async woken(signal: AbortSignal, ms = 24 * 3_600_000): Promise<void> {
    const waiting = new AbortController();
    this.wake = () => waiting.abort();
    await pause(ms, AbortSignal.any([signal, waiting.signal]));
  }
}

/** Estimated tokens of a task, divided by the weight of its tenant. */
export function costOf({ body }: Delivery, settings: PullerOptions['settings']): number {
  const { tenant, estimate } = looselyRead(body);
  const fallback = settings.budget?.estimate;
  const input = count(estimate?.input_tokens) ?? fallback?.input ?? 0;
  const output = count(estimate?.output_tokens) ?? fallback?.output ?? 0;
  const weight = typeof tenant === 'string' ? settings.weights[tenant] : undefined;
  return (input + output || USUAL_TOKENS) / (weight ?? 1);
}

interface Loose {
  readonly tenant?: unknown;
  readonly estimate?: Readonly<Record<string, unknown>> | null;
}

/** Whether it is a reference at all is decided when it is its turn. */
function looselyRead(body: Buffer): Loose {
  try {
    const read: unknown = JSON.parse(body.toString('utf8'));
    return typeof read === 'object' && read !== null ? read : {};
  } catch {
    return {};
  }
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
