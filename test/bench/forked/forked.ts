import { fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';

/** A part of the bench in a process of its own, so that its work slows no other part. */
export interface Forked<Ask, Answer> {
  ask(ask: Ask): Promise<Answer>;
  /** May be called twice. */
  stop(): Promise<void>;
}

interface Question<Ask> {
  readonly id: number;
  readonly ask: Ask;
}
interface Reply<Answer> {
  readonly id: number;
  readonly answer?: Answer;
  readonly failure?: string;
}
/** The id under which a process says that it is ready. */
const READY = 0;

/** @param path of a file that calls `serve` */
export async function startForked<Ask, Answer>(
  path: string,
  given: object,
): Promise<Forked<Ask, Answer>> {
  const file = basename(path);
  const child = fork(path, [JSON.stringify(given)], {
    execArgv: ['--import', 'tsx'],
    // Standard output is the result's alone.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const waiting = new Map<number, (reply: Reply<Answer>) => void>();
  child.on('message', (reply: Reply<Answer>) => waiting.get(reply.id)?.(reply));
  const exited = once(child, 'exit');
  const ended = exited.then(([code]) => {
    throw new Error(`${file} ended (${code})`);
  });
  ended.catch(() => undefined);
  const replyTo = async (id: number) => {
    const coming = new Promise<Reply<Answer>>((resolve) => waiting.set(id, resolve));
    const { answer, failure } = await Promise.race([coming, ended]);
    waiting.delete(id);
    if (failure !== undefined) throw new Error(`${file}: ${failure}`);
    return answer as Answer;
  };
  await replyTo(READY);
  let asked = READY;
  return {
    async ask(ask) {
      const id = (asked += 1);
      const reply = replyTo(id);
      child.send({ id, ask } satisfies Question<Ask>);
      return await reply;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** The other end: answers until its parent lets go of it. */
export async function serve(
  start: (given: never) => Promise<(ask: never) => Promise<unknown>>,
): Promise<void> {
  process.once('disconnect', () => process.exit(0));
  const reply = (id: number, coming: Promise<unknown>) =>
    coming.then(
      (answer) => process.send?.({ id, answer } satisfies Reply<unknown>),
      (error: unknown) => process.send?.({ id, failure: String(error) } satisfies Reply<unknown>),
    );
  const starting = start(JSON.parse(process.argv[2] ?? '') as never);
  await reply(
    READY,
    starting.then(() => undefined),
  );
  const act = await starting;
  process.on('message', ({ id, ask }: Question<never>) => void reply(id, act(ask)));
}
