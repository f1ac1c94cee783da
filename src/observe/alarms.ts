import type { MonitorEvent } from '../contract/monitor';
import type { StoreSettings } from '../contract/settings';
import { withStore } from '../store/pool';
import { alarmScript } from './alarmScript';

/** What is remembered of a monitor that is gone, ms. */
const LIFE_MS = 30 * 24 * 3_600_000;
/** Who was handed an event and did not say so by then has vanished, ms. */
const TELL_MS = 90_000;

/** `dropped`: nobody watches for it any more; `stands`: it was told before. Of neither is anybody told. */
export interface Change {
  readonly change: 'began' | 'ended' | 'dropped' | 'stands';
  readonly alarm: string;
  /** ms since 1970. */
  readonly since: number;
  readonly event?: MonitorEvent;
}

export interface AlarmBook {
  /** States that have begun and not ended, and when they began (ms since 1970). */
  readonly standing: ReadonlyMap<string, number>;
  readonly notes: ReadonlyMap<string, string>;
  /** Nobody has looked before, or the store lost what was known. */
  readonly isNew: boolean;
  /** To be told by us now; `field` names each for `told`. */
  readonly toTell: readonly { readonly field: string; readonly event: MonitorEvent }[];
}

/** The states of one monitor, shared through the store by all processes that watch for it. */
export class Alarms {
  constructor(private readonly id: string) {}

  /**
   * Brings what was seen, and takes what is known and what is to be told. Of several that bring the same change one is told to tell.
   *
   * @param notes by alarm
   * @throws SwarmError when the store is away
   */
  async exchange(
    store: StoreSettings,
    changes: readonly Change[] = [],
    notes: ReadonlyMap<string, string> = new Map(),
  ): Promise<AlarmBook> {
    const answer = await withStore(store, (open) =>
      open.run(
        alarmScript,
        [open.keys.alarms(this.id)],
        [
          ...[LIFE_MS, TELL_MS, notes.size],
          ...[...notes].flat(),
          ...changes.flatMap(({ change, alarm, since, event }) => [
            ...[change, alarm, since],
            event ? JSON.stringify(event) : '',
          ]),
        ],
      ),
    );
    const [states, texts, events, isNew] = answer as [string[], string[], string[], number];
    const [standing, noted, toTell] = [states, texts, events].map(pairs);
    return {
      standing: new Map(standing?.map(([alarm, since]) => [alarm, Number(since)])),
      notes: new Map(noted),
      isNew: isNew === 1,
      toTell: (toTell ?? []).map(([field, event]) => ({
        field,
        event: JSON.parse(event) as MonitorEvent,
      })),
    };
  }

  /** It was told, and is not handed out again. */
  async told(store: StoreSettings, field: string): Promise<void> {
    await withStore(store, (open) =>
      open.ask((client) => client.hdel(open.keys.alarms(this.id), field)),
    );
  }
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, at) => [
    flat[2 * at] ?? '',
    flat[2 * at + 1] ?? '',
  ]);
}
