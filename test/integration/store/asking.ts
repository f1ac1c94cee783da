import { setTimeout as delay } from 'node:timers/promises';

import type { Script } from '../../../src/store/script';
import type { Store } from '../../../src/store/store';

/** KEYS: any. ARGV: a value, a channel. Keeps the value under each key, tells the channel, and answers the value. */
export const GREET: Script = {
  name: 'testGreet',
  lua: `
for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[1]) end
redis.call('PUBLISH', ARGV[2], ARGV[1])
return ARGV[1]
`,
};

export interface Outcome {
  readonly answer?: unknown;
  readonly error?: unknown;
  readonly ms: number;
}

/** How a call ended, and how long it took. */
export async function outcome(call: Promise<unknown>): Promise<Outcome> {
  const begun = performance.now();
  try {
    return { answer: await call, ms: performance.now() - begun };
  } catch (error) {
    return { error, ms: performance.now() - begun };
  }
}

/** Speaks over and over until the store hears it, which may still be on its way back; fails after `withinMs`. */
export async function expectHeard(
  store: Store,
  channel: string,
  speak: () => Promise<unknown>,
  withinMs = 5000,
): Promise<void> {
  const heard = new Promise<string>((resolve) => store.listen(channel, () => resolve('heard')));
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    await speak();
    const first = await Promise.race([heard, delay(50, 'not yet')]);
    if (first === 'heard') return;
  }
  throw new Error(`nothing was heard on ${channel} within ${withinMs} ms`);
}
