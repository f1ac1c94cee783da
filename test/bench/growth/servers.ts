import { readFile } from 'node:fs/promises';
import { Redis } from 'ioredis';

import type { RabbitMq } from '../../support/rabbitMq';
import type { RedisServer } from '../../support/redis';

/** What the two servers use. Linux alone: their CPU is read from /proc, which takes no part of it. */
export interface Servers {
  /** CPU since their start, ms, in steps of 10. */
  cpuMs(): Promise<{ readonly broker: number; readonly store: number }>;
  /** Messages in the hands of consumers. */
  unacked(): Promise<number>;
  brokerBytes(): Promise<number>;
  storeBytes(): Promise<number>;
  close(): Promise<void>;
}

/** Of a clock tick of /proc: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

export async function watchServers(rabbit: RabbitMq, redis: RedisServer): Promise<Servers> {
  const client = new Redis(redis.url);
  const fieldOf = (info: string, name: string) =>
    Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  const broker = Number(/\d+/.exec(await rabbit.ctl('eval', 'os:getpid().'))?.[0]);
  const store = fieldOf(await client.info('server'), 'process_id');
  return {
    async cpuMs() {
      const [ofBroker, ofStore] = await Promise.all([cpuMsOf(broker), cpuMsOf(store)]);
      return { broker: ofBroker, store: ofStore };
    },
    async unacked() {
      const rows = await rabbit.ctl('list_queues', 'messages_unacknowledged', '--no-table-headers');
      return rows.split('\n').reduce((sum, row) => sum + Number(row), 0);
    },
    async brokerBytes() {
      const collected = '[erlang:garbage_collect(P) || P <- processes()], erlang:memory(total).';
      return Number(await rabbit.ctl('eval', collected));
    },
    async storeBytes() {
      return fieldOf(await client.info('memory'), 'used_memory');
    },
    close: () => Promise.resolve(client.disconnect()),
  };
}

/** Source: proc_pid_stat(5), fields 14 (utime) and 15 (stime); the name in field 2 may have blanks. */
export async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
