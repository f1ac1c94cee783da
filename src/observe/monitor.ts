import { withRemedy } from '../contract/errors';
import type { MonitorEvent, MonitorSettings } from '../contract/monitor';
import { pause } from '../contract/patience';
import type { BrokerSettings, StoreSettings } from '../contract/settings';
import { Alarms, type AlarmBook, type Change } from './alarms';
import { alarmOf } from './finding';
import { look, type Sight } from './look';
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
  /** Starts the workflow. Resolves when the event will not be lost any more; until then it is told again should this process vanish. */
  tell(event: MonitorEvent): Promise<void>;
  /** A look, or its record, failed; the next one follows. */
  onFault?(why: string): void;
}

const REDIS_AWAY = alarmOf('redis_away', 'redis');

/**
 * Looks at queues, budgets and servers again and again, and tells when a state begins and when it ends.
 *
 * What begins or ends is recorded in Redis before it is told, so each change is told once, whichever process saw it, and no state twice
 * after a restart. A process that vanishes while it tells is the exception: then it is told again after 90 s. That Redis is away cannot be
 * recorded there and is kept in `away`; what other states do meanwhile is told when Redis is back.
 */
export class Monitor {
  private readonly stopped = new AbortController();
  private readonly alarms: Alarms;
  private readonly watch: Watch;
  private readonly telling = new Set<Promise<void>>();
  /** Handed to us and not taken out yet, by field. */
  private readonly begun = new Map<string, string>();
  private book: AlarmBook | undefined;
  private readonly looping: Promise<void>;

  constructor(private readonly start: MonitorStart) {
    this.alarms = new Alarms(start.id);
    this.watch = new Watch(start.settings);
    this.looping = this.loop();
  }

  /** Looks no more. `tell` is waited for. */
  async close(): Promise<void> {
    this.stopped.abort();
    await this.looping;
    await Promise.all(this.telling);
  }

  private async loop(): Promise<void> {
    const { settings, servers, onFault } = this.start;
    while (!this.stopped.signal.aborted) {
      try {
        await this.lookOnce(await servers());
      } catch (error) {
        onFault?.(withRemedy(error));
      }
      await pause(settings.everyMs, this.stopped.signal);
    }
  }

  private async lookOnce(servers: Servers): Promise<void> {
    const { store } = servers;
    const sight = await seen(servers);
    const { ok } = sight.sources.redis;
    if (ok && !this.book) await this.exchange(store);
    const { standing, notes: known } = this.book ?? NOTHING;
    const judged = this.watch.judge(
      sight,
      { standing: withAway(standing, this.start.away), notes: known },
      performance.now(),
    );
    const [away] = judged.changes.filter(({ alarm }) => alarm === REDIS_AWAY);
    if (away) this.tellAway(away);
    const changes = judged.changes.filter((one) => one !== away);
    if (ok) await this.exchange(store, changes, judged.notes);
  }

  private async exchange(
    store: StoreSettings,
    changes: readonly Change[] = [],
    notes: ReadonlyMap<string, string> = new Map(),
  ): Promise<void> {
    this.book = await this.alarms.exchange(store, changes, notes);
    for (const { field, event } of this.book.toTell) {
      const text = JSON.stringify(event);
      // Told, and could not be taken out then.
      const isOld = this.begun.get(field) === text;
      this.begun.set(field, text);
      this.follow(async () => {
        if (!isOld) await this.start.tell(event);
        await this.alarms.told(store, field);
        this.begun.delete(field);
      });
    }
  }

  private tellAway({ change, since, event }: Change): void {
    this.start.away.since = change === 'began' ? since : undefined;
    if (event) this.follow(() => this.start.tell(event));
  }

  private follow(act: () => Promise<void>): void {
    const telling = act()
      .catch((error: unknown) => this.start.onFault?.(withRemedy(error)))
      .finally(() => this.telling.delete(telling));
    this.telling.add(telling);
  }
}

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
