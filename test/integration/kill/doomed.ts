import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { node24 } from '../../support/programs';
import type { DoomedNews, DoomedStart } from './doomedHost';

/** A process that consumes until it is killed. */
export interface Doomed {
  /** Resolves when the consumer takes messages. */
  start(consumer: DoomedStart): Promise<void>;
  /** Resolves when a run of this consumer begins. */
  running(id: string): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export function startDoomed(): Doomed {
  const child = fork(join(__dirname, 'doomedHost.ts'), {
    execPath: node24(),
    execArgv: ['--import', 'tsx'],
  });
  const exited = once(child, 'exit');
  const news: DoomedNews[] = [];
  const listeners = new Set<() => void>();
  child.on('message', (one: DoomedNews) => {
    news.push(one);
    listeners.forEach((listener) => listener());
  });
  const heard = async (kind: DoomedNews['kind'], id: string) =>
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        const one = news.find((found) => found.id === id && [kind, 'failed'].includes(found.kind));
        if (!one) return;
        listeners.delete(look);
        if (one.kind === 'failed') reject(new Error(one.error));
        else resolve();
      };
      listeners.add(look);
      look();
      void exited.then(() => reject(new Error(`the process ended before ${id} was ${kind}`)));
    });
  return {
    async start(consumer) {
      child.send(consumer);
      await heard('ready', consumer.id);
    },
    running: (id) => heard('running', id),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
