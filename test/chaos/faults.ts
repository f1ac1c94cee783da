import { setTimeout as delay } from 'node:timers/promises';

import type { Doubles } from './judge';
import type { Lines } from './lines';
import type { Stage } from './stage';

export const FAULT_NAMES = [
  'kill_main',
  'kill_worker',
  'freeze_main',
  'broker_restart',
  'broker_down',
  'redis_restart',
  'redis_loses_data',
  'cut',
  'half_open',
  'memory_alarm',
  'deactivate',
  'republish',
  'together',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];
type Single = Exclude<FaultName, 'together'>;

/** How long what lasts is to last, ms. */
export interface Spans {
  /** Longer than the heartbeat, which RabbitMQ waits for two to three times, and than a lease. */
  readonly frozenMs: number;
  readonly brokerDownMs: number;
  readonly halfOpenMs: number;
  readonly alarmMs: number;
}

/** As short as it can be and still be noticed. */
export const SHORT: Spans = {
  frozenMs: 16_000,
  brokerDownMs: 10_000,
  halfOpenMs: 16_000,
  alarmMs: 5000,
};
export const LONG: Spans = {
  frozenMs: 40_000,
  brokerDownMs: 60_000,
  halfOpenMs: 30_000,
  alarmMs: 20_000,
};

interface Fault {
  readonly doubles: Doubles;
  /** Strikes, and comes back when all is whole again. */
  strike(stage: Stage, lines: Lines, spans: Spans): Promise<void>;
}

const SINGLE: Readonly<Record<Single, Fault>> = {
  kill_main: {
    doubles: 'in_flight',
    async strike({ n8n }) {
      await n8n.kill('main');
      await n8n.restart('main');
    },
  },
  kill_worker: {
    doubles: 'in_flight',
    async strike({ n8n }) {
      await n8n.kill('worker0');
      await n8n.restart('worker0');
    },
  },
  freeze_main: {
    doubles: 'in_flight',
    async strike({ n8n }, _lines, { frozenMs }) {
      const pid = n8n.pid('main');
      process.kill(pid, 'SIGSTOP');
      await delay(frozenMs);
      process.kill(pid, 'SIGCONT');
    },
  },
  broker_restart: { doubles: 'nothing', strike: ({ broker }) => broker.restart() },
  broker_down: {
    doubles: 'nothing',
    async strike({ broker }, _lines, { brokerDownMs }) {
      await broker.kill();
      await delay(brokerDownMs);
      await broker.start();
    },
  },
  redis_restart: {
    doubles: 'nothing',
    async strike({ redis }) {
      await redis.kill();
      await redis.start();
    },
  },
  redis_loses_data: { doubles: 'forgotten', strike: ({ redis }) => redis.restart() },
  cut: {
    doubles: 'nothing',
    async strike({ toBroker, toRedis }) {
      toBroker.cut();
      toRedis.cut();
    },
  },
  half_open: {
    // With the time until it is noticed it lasts longer than the run limit.
    doubles: 'overdue',
    async strike({ toBroker, toRedis }, _lines, { halfOpenMs }) {
      toBroker.halfOpen();
      toRedis.halfOpen();
      await delay(halfOpenMs);
      // What was opened meanwhile stays deaf; the network is back for what is opened from now on.
      await Promise.all([toBroker.open(), toRedis.open()]);
    },
  },
  memory_alarm: {
    doubles: 'nothing',
    async strike({ broker }, _lines, { alarmMs }) {
      await broker.ctl('set_vm_memory_high_watermark', 'absolute', '1');
      await delay(alarmMs);
      await broker.ctl('set_vm_memory_high_watermark', 'absolute', '1GB');
    },
  },
  deactivate: {
    doubles: 'nothing',
    async strike(_stage, lines) {
      await lines.deactivate();
      await lines.activate();
    },
  },
  republish: { doubles: 'nothing', strike: (_stage, lines) => lines.republish() },
};

const TOGETHER: readonly Single[] = [
  'kill_main',
  'kill_worker',
  'broker_restart',
  'redis_restart',
  'cut',
];

/** The single faults that make up one. */
export const partsOf = (name: FaultName): readonly Single[] =>
  name === 'together' ? TOGETHER : [name];

export const faultOf = (name: Single): Fault => SINGLE[name];
