import { deadQueue } from '../broker/topology';
import type { ConsumerSettings } from '../contract/settings';
import type { Store } from '../store/store';
import { rememberScope, type ConsumerTerms, type KnownScope } from '../word/scopes';

/** Only for people who look a task up by its queue, or look after it: not worth waiting for. */
export function writeDown(store: Store, known: KnownScope, settings: ConsumerSettings): void {
  const consumer = consumerTerms(settings, new Date());
  rememberScope(store, { ...known, consumer }).catch(() => undefined);
}

/** What is written down of a consumer for those who look after it. */
export function consumerTerms(settings: ConsumerSettings, now: Date): ConsumerTerms {
  const { topology, prefetch, runLimitMs, brokerTimeoutMs, rememberMs, budget } = settings;
  return {
    deadQueue: deadQueue(topology),
    budget: budget?.name,
    prefetch,
    runLimitMs,
    brokerTimeoutMs,
    rememberMs,
    longestLifeMs: longestLife(settings),
    startedAt: now.toISOString(),
  };
}

/** All attempts at their run limit, the longest delay before each, and all the time that it may be throttled. */
export function longestLife({ retry, runLimitMs }: ConsumerSettings): number {
  const attempts = retry.ifRunFails === 'retry' ? retry.attempts : 1;
  let [total, delay] = [attempts * runLimitMs + retry.throttledMs, retry.baseMs];
  for (let after = 1; after < attempts; after += 1) {
    total += Math.min(delay, retry.capMs);
    delay = Math.min(delay * retry.factor, retry.capMs);
  }
  return Math.round(total);
}
