import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import type { Ran, Task } from './engine';
import { node24 } from './programs';

export interface EngineProcess {
  /** Credentials are those given at the start, unless the task brings its own. */
  run(task: Omit<Task, 'credentials'> & Partial<Pick<Task, 'credentials'>>): Promise<Ran>;
  stop(): Promise<void>;
}

type Answer = { id: number; ran: Ran } | { id: number; failure: string };

/** Starts n8n's execution engine with the built pack in a process of its own, on the Node that n8n needs. */
export async function startEngineProcess(
  credentials: Record<string, IDataObject>,
): Promise<EngineProcess> {
  const child = fork(join(__dirname, 'engineHost.ts'), {
    execPath: node24(),
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
    // Else it would take itself for a test, and load the pack in another way than n8n does.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const waiting = new Map<number, { resolve(ran: Ran): void; reject(error: Error): void }>();
  const exited = once(child, 'exit').then(([code]) => {
    const error = new Error(`the engine's process ended (${code})`);
    for (const { reject } of waiting.values()) reject(error);
    return code as number | null;
  });
  await Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error('the engine did not start: run npm run build'))),
  ]);
  child.on('message', (answer: Answer) => {
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('ran' in answer) asked?.resolve(answer.ran);
    else asked?.reject(new Error(answer.failure));
  });
  let tasks = 0;
  return {
    run: (task) =>
      new Promise<Ran>((resolve, reject) => {
        const id = (tasks += 1);
        waiting.set(id, { resolve, reject });
        child.send({ id, task: { credentials, ...task } });
      }),
    async stop() {
      child.disconnect();
      await exited;
    },
  };
}
