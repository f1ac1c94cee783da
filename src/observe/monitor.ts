import { isSwarmError, withRemedy } from '../contract/errors';
import type { MonitorEvent, MonitorSettings } from '../contract/monitor';
import { goodbye, pause } from '../contract/patience';
import type { BrokerSettings, StoreSettings } from '../contract/settings';
import { Alarms, type AlarmBook, type Change } from './alarms';
import { alarmOf } from './finding';
import { look, type Sight, type Source } from './look';
import { troublesOf, Watch, type Troubles } from './watch';

export interface Servers {
  readonly broker: BrokerSettings;
  readonly store: StoreSettings;
}

/** Where it is remembered, without Redis, that Redis is away: since when, ms since 1970. */
export interface AwayMemory {
  since: number | undefined;
}

export interface MonitorStart {
  readonly settings: MonitorSettings;
  /** Names what was seen to begin: all processes that watch for one workflow give the same one. */
  readonly id: string;
  /** As they are now; asked before each look. */
  servers(): Promise<Servers>;
  readonly away: AwayMemory;
  /**
   * Starts the workflow. Resolves when the event will not be lost any more; until then it is told again should this process vanish, and so it
   * is when this rejects.
   */
  tell(event: MonitorEvent): Promise<void>;
  /** A look is over; `fault`: it, or telling, failed. The next one follows. */
  onLook?(fault: string | undefined): void;
}

const REDIS_AWAY = alarmOf('redis_away', 'redis');

/**
 * Looks at queues, budgets and servers again and again, and tells when a state begins and when it ends.
 *
 * What begins or ends is recorded in Redis before it is told, so each change is told once, whichever process saw it, and no state twice
 * after a restart. A process that vanishes while it tells is the exception: then it is told again after 90 s, in order. A Redis that lost what
 * was recorded learns it again from whoever watches. That Redis is away cannot be recorded there and is kept in `away`; what other states do
 * meanwhile is told when it is back.
 */
export class Monitor {
  private readonly stopped = new AbortController();
  private readonly alarms: Alarms;
  private readonly watch: Watch;
  private readonly telling = new Set<Promise<void>>();
  /** Handed to us: whether they were told, by field. Told ones could not be taken out yet. */
  private readonly handed = new Map<string, boolean>();
  private book: AlarmBook | undefined;
  private readonly looping: Promise<void>;

  constructor(private readonly start: MonitorStart) {
    this.alarms = new Alarms(start.id);
    this.watch = new Watch(start.settings);
    this.looping = this.loop();
  }

  /** Looks no more. `tell` is waited for; a look under way is not, and tells nothing. */
  async close(): Promise<void> {
    this.stopped.abort();
    await goodbye(this.looping);
    await Promise.all(this.telling);
  }

  private async loop(): Promise<void> {
    const { settings, servers, onLook } = this.start;
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const fault = await this.lookOnce(servers).then(
        () => undefined,
        (error: unknown) => withRemedy(error),
      );
      if (!signal.aborted) onLook?.(fault);
      await pause(settings.everyMs, signal);
    }
  }

  private async lookOnce(servers: MonitorStart['servers']): Promise<void> {
    const { store, broker } = await servers();
    const redis = await this.reach(store);
    const found = await seen({ store, broker });
    if (this.stopped.signal.aborted) return;
    const ok = redis.ok && found.sources.redis.ok;
    const sources = redis.ok ? found.sources : { ...found.sources, redis };
    const { standing, notes: known } = this.book ?? NOTHING;
    const judged = this.watch.judge(
      { ...found, sources },
      { standing: withAway(standing, this.start.away), notes: known },
      performance.now(),
    );
    const [away] = judged.changes.filter(({ alarm }) => alarm === REDIS_AWAY);
    if (away) this.tellAway(away);
    const changes = judged.changes.filter((one) => one !== away);
    if (ok && changes.length + judged.notes.size > 0) {
      await this.exchange(store, changes, judged.notes);
    }
  }

  /** Whether what begins and ends can be recorded: a Redis that can only be read is of no use to tasks either. */
  private async reach(store: StoreSettings): Promise<Source> {
    const before = this.book;
    try {
      await this.exchange(store);
      if (before && this.book?.isNew) await this.exchange(store, standingIn(before), before.notes);
      return { ok: true };
    } catch (error) {
      if (!isSwarmError(error)) throw error;
      return { ok: false, why: withRemedy(error) };
    }
  }

  private async exchange(
    store: StoreSettings,
    changes: readonly Change[] = [],
    notes: ReadonlyMap<string, string> = new Map(),
  ): Promise<void> {
    if (this.stopped.signal.aborted) return;
    this.book = await this.alarms.exchange(store, changes, notes);
    // It stays where it is, for the next who watches.
    if (this.stopped.signal.aborted) return;
    for (const { field, event } of this.book.toTell) {
      this.follow(async () => {
        if (this.handed.get(field) === undefined) {
          this.handed.set(field, false);
          await this.start.tell(event).catch((error: unknown) => {
            this.handed.delete(field);
            throw error;
          });
          this.handed.set(field, true);
        }
        if (!this.handed.get(field)) return;
        await this.alarms.told(store, field);
        this.handed.delete(field);
      });
    }
  }

  private tellAway({ change, since, event }: Change): void {
    const { away, tell } = this.start;
    const before = away.since;
    away.since = change === 'began' ? since : undefined;
    if (!event) return;
    this.follow(async () => {
      await tell(event).catch((error: unknown) => {
        // Told by the next look.
        away.since = before;
        throw error;
      });
    });
  }

  private follow(act: () => Promise<void>): void {
    const telling = act()
      .catch((error: unknown) => this.start.onLook?.(withRemedy(error)))
      .finally(() => this.telling.delete(telling));
    this.telling.add(telling);
  }
}

const standingIn = ({ standing }: AlarmBook): Change[] =>
  [...standing].map(([alarm, since]) => ({ change: 'stands', alarm, since }));

const NOTHING = { standing: new Map<string, number>(), notes: new Map<string, string>() };

function withAway(standing: ReadonlyMap<string, number>, { since }: AwayMemory) {
  return since === undefined ? standing : new Map([...standing, [REDIS_AWAY, since] as const]);
}

/** What is in the hands of consumers is nothing to watch, so the management API is not asked. */
async function seen({ store, broker }: Servers): Promise<Sight> {
  return await look(store, { ...broker, managementUrl: '' });
}

/** One look, for a person who tries it: what is in trouble, however briefly. Nothing is recorded. */
export async function troublesNow(settings: MonitorSettings, servers: Servers): Promise<Troubles> {
  return troublesOf(await seen(servers), settings);
}
