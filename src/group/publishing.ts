import { messageOf, RefusedError } from '../contract/errors';
import type { Outgoing } from '../contract/message';
import { Away } from '../dispatch/away';
import type { CheckingPublisher } from '../dispatch/checking';
import { KnownExchanges } from '../dispatch/exchanges';
import { Window } from '../dispatch/window';
import { Bulk } from '../store/bulk';
import type { Store } from '../store/store';
import { unpackMessage } from './children';
import { Ends } from './ends';
import type { Closing } from './plan';

export interface Publishing {
  readonly group: string;
  readonly depth: number;
  /** By index, when they are at hand; else what the group keeps is published. */
  readonly messages: ReadonlyMap<number, Outgoing> | undefined;
  /** Messages under way at once. */
  readonly window: number;
}

export interface Published {
  readonly total: number;
  readonly counts: { readonly published: number; readonly failed: number };
}

const MOST_BYTES_UNDER_WAY = 32 * 1024 * 1024;
/** Refusals that say something of one message; others, such as a missing right, of all. */
const OF_ONE: ReadonlySet<string> = new Set(['unroutable', 'nacked', 'too_large', 'not_found']);
/** Kept messages read at once. */
const PAGE = 200;

/**
 * Publishes the children that were not published yet. One that no queue takes is counted as failed at once.
 *
 * @throws UnavailableError when a server went away: what was not confirmed is published when the fan-out is done again
 */
export async function publishChildren(
  store: Store,
  publisher: CheckingPublisher,
  { group, depth, messages, window: most }: Publishing,
): Promise<Published> {
  const [base = '', , unsent = ''] = store.keys.group(group);
  const ends = new Ends(store, { limitMs: 0 });
  const exchanges = new KnownExchanges(publisher);
  const broker = new Away();
  const sent = new Bulk<number, void>(async (indexes) => {
    await store.ask((client) => client.hdel(unsent, ...indexes.map(String)));
    return indexes.map(() => undefined);
  }, PAGE);
  const counts = { published: 0, failed: 0 };
  const window = new Window({ count: most, bytes: MOST_BYTES_UNDER_WAY });
  let fault: Error | undefined;

  const send = async (index: number, message: Outgoing) => {
    try {
      const check = exchanges.check(message.exchange);
      if (check) await broker.unless(() => check);
      await broker.unless(() => publisher.publish(message));
      await sent.call(index);
      counts.published += 1;
    } catch (error) {
      if (!(error instanceof RefusedError) || !OF_ONE.has(error.code)) throw error;
      const end = { end: 'unpublished', reason: error.code, message: messageOf(error) } as const;
      await ends.count({ group, index, depth }, end);
      counts.failed += 1;
    }
  };

  const [told, stop, join] = await store.ask((client) =>
    client.hmget(base, 'total', 'stop', 'join'),
  );
  const total = Number(told);
  const by = join == null ? undefined : (JSON.parse(join) as Closing).closed_by;
  // Nobody wants the rest any more, or it was told as unpublished.
  if (by === 'deadline' || (by !== undefined && stop === '1')) return { total, counts };
  for await (const [index, message] of messages ?? kept(store, unsent, total)) {
    const full = window.full();
    if (full) await full;
    if (fault) break;
    const { length } = message.body;
    window.enter(length);
    void send(index, message)
      .catch((error: unknown) => (fault ??= error as Error))
      .finally(() => window.leave(length));
  }
  await window.empty();
  if (fault) throw fault;
  return { total, counts };
}

/** What the group keeps for those that were not published. */
async function* kept(
  store: Store,
  unsent: string,
  total: number,
): AsyncGenerator<[number, Outgoing]> {
  for (let from = 0; from < total; from += PAGE) {
    const length = Math.min(PAGE, total - from);
    const indexes = Array.from({ length }, (_, at) => from + at);
    const page = await store.ask((client) => client.hmget(unsent, ...indexes.map(String)));
    for (const [at, packed] of page.entries()) {
      if (packed != null) yield [from + at, unpackMessage(packed)];
    }
  }
}
