import {
  monitorSchema,
  type MonitorEvent,
  type MonitorSettings,
} from '../../../src/contract/monitor';
import type { BrokerSettings, StoreSettings } from '../../../src/contract/settings';
import { Monitor, type AwayMemory, type MonitorStart } from '../../../src/observe/monitor';
import { Watchers } from '../../support/watchers';
import type { World } from '../../support/world';

/** Looks often, and waits as long as a look takes. */
const QUICK = { everyMs: 30, beginMs: 100, endMs: 100 };

export interface Watching {
  /** What was told so far: `began depth q`. */
  readonly said: string[];
  readonly events: MonitorEvent[];
  /** Waits until this was told. */
  told(what: string): Promise<MonitorEvent>;
  /** Waits until so many more looks of every monitor are over. */
  looked(times: number): Promise<void>;
  close(): Promise<void>;
}

export interface WatchOptions extends Partial<MonitorSettings> {
  readonly id?: string;
  /** Processes that watch. */
  readonly mains?: number;
  readonly away?: AwayMemory;
  readonly broker?: BrokerSettings;
  readonly store?: StoreSettings;
  readonly tell?: MonitorStart['tell'];
  /** As if killed while it tells what it is handed first: it does nothing any more. */
  readonly vanishes?: boolean;
}

/** Several processes that watch for one workflow, each with connections of its own looks. */
export function watching(
  world: World,
  {
    id = 'flow/node',
    mains = 2,
    away,
    broker,
    store,
    tell,
    vanishes,
    ...settings
  }: WatchOptions = {},
): Watching {
  const events: MonitorEvent[] = [];
  let release: () => void = () => undefined;
  const closing = new Promise<void>((resolve) => (release = resolve));
  const isGone = () => vanishes === true && events.length > 0;
  const looks = Array.from({ length: mains }, () => 0);
  const watchers = new Watchers(() => `told: ${JSON.stringify(said())}`);
  const said = () => events.map(({ change, trouble, name }) => `${change} ${trouble} ${name}`);
  const monitors = looks.map(
    (_none, at) =>
      new Monitor({
        settings: { ...monitorSchema.parse({}), ...QUICK, ...settings },
        id,
        async servers() {
          if (isGone()) await closing;
          looks[at] = (looks[at] ?? 0) + 1;
          watchers.changed();
          return { broker: broker ?? world.broker, store: store ?? world.store };
        },
        away: away ?? { since: undefined },
        async tell(event) {
          events.push(event);
          watchers.changed();
          await tell?.(event);
          if (isGone()) await closing;
        },
      }),
  );
  return {
    get said() {
      return said();
    },
    events,
    async told(what) {
      await watchers.until(() => said().includes(what), 20_000);
      return events[said().lastIndexOf(what)] as MonitorEvent;
    },
    async looked(times) {
      const goal = looks.map((one) => one + times + 1);
      await watchers.until(() => looks.every((one, at) => one >= (goal[at] ?? 0)), 20_000);
    },
    async close() {
      const closed = Promise.all(monitors.map((one) => one.close()));
      release();
      await closed;
      watchers.stop();
    },
  };
}
