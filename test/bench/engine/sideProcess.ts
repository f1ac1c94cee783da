import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { Place, Taken } from './side';

/** `beside`: the engine of another build. */
export type SideName = 'engine' | 'amqplib' | 'bullmq' | 'beside';

export interface Ask {
  readonly act: 'declare' | 'work';
  readonly queue: string;
  readonly messages: number;
}

export interface Answer {
  readonly taken?: Taken;
  readonly failure?: string;
}

export interface SideProcess {
  ask(ask: Ask): Promise<Answer>;
  stop(): void;
}

/** A side in a process of its own, so that neither another side's garbage nor its compiled code counts for or against it. */
export async function startSide(name: SideName, place: Place, build: string): Promise<SideProcess> {
  const child = fork(join(__dirname, 'sideHost.ts'), [name, JSON.stringify(place), build], {
    execArgv: ['--import', 'tsx'],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the process of ${name} ended (${code})`);
  });
  ended.catch(() => undefined);
  const next = async () => {
    const [answer] = (await Promise.race([once(child, 'message'), ended])) as [Answer];
    if (answer.failure !== undefined) throw new Error(`${name}: ${answer.failure}`);
    return answer;
  };
  await next();
  return {
    async ask(ask) {
      const answer = next();
      child.send(ask);
      return await answer;
    },
    stop: () => child.disconnect(),
  };
}
