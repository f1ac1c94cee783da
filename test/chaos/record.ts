import { setTimeout as delay } from 'node:timers/promises';

import { readToken } from '../../src/word/token';
import { listenOnLoopback, readBody, sendJson } from '../support/loopback';
import { Watchers } from '../support/watchers';
import type { Planned } from './plan';

/** One thing that a run did to the world, or said. */
export interface Seen {
  /** A call of the LLM, a side effect, or the node after Complete. */
  readonly what: 'llm' | 'effect' | 'told';
  readonly task: string;
  /** Of the lease under which it happened; 0 where there is none (the built-in trigger). */
  readonly fence: number;
  /** Number of the try, 1 for the first. */
  readonly attempt: number;
  /** ms since 1970 */
  readonly at: number;
  /** Of an LLM call: its task needs no other one. */
  readonly final: boolean;
}

/** The world outside of n8n: an LLM and a place for side effects, which write down who came. */
export interface Recorder {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** Different tasks whose side effect happened. */
  readonly effects: ReadonlySet<string>;
  expect(tasks: readonly Planned[]): void;
  /** Resolves with the first thing seen, past or future, that fits. */
  first(fits: (one: Seen) => boolean, timeoutMs: number): Promise<Seen>;
  stop(): Promise<void>;
}

export async function startRecorder(): Promise<Recorder> {
  const plan = new Map<string, Planned>();
  const calls = new Map<string, number>();
  const seen: Seen[] = [];
  const effects = new Set<string>();
  const watchers = new Watchers(() => `${seen.length} things seen, ${effects.size} effects`);

  /** The LLM: what it answers depends on the task, and on whether it was asked before. */
  const answer = (task: string): { status: number; end: string; final: boolean } => {
    const nth = (calls.get(task) ?? 0) + 1;
    calls.set(task, nth);
    const kind = plan.get(task)?.kind;
    if (kind === 'hard') return { status: 422, end: 'refused', final: true };
    if (kind === 'fails_once' && nth === 1) return { status: 503, end: 'busy', final: false };
    if (kind === 'silent' && nth === 1) return { status: 200, end: 'silent', final: false };
    return { status: 200, end: 'well', final: true };
  };

  const server = await listenOnLoopback(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://recorder');
    const [, what, task = ''] = url.pathname.split('/');
    await readBody(request);
    if (what !== 'llm' && what !== 'effect' && what !== 'told') {
      return sendJson(response, 404, { error: `nothing at ${url.pathname}` });
    }
    const delivery = url.searchParams.get('delivery') ?? '';
    const attempt = Number(url.searchParams.get('attempt') ?? '0');
    const { status, end, final } =
      what === 'llm' ? answer(task) : { status: 200, end: 'well', final: true };
    seen.push({ what, task, fence: fenceOf(delivery), attempt, at: Date.now(), final });
    if (what === 'effect') effects.add(task);
    watchers.changed();
    if (what === 'llm') await delay(plan.get(task)?.thinksMs ?? 0);
    sendJson(response, status, { task_id: task, delivery, attempt, end });
  });

  return {
    url: server.url,
    seen,
    effects,
    expect: (tasks) => tasks.forEach((task) => plan.set(task.id, task)),
    async first(fits, timeoutMs) {
      let from = 0;
      let found: Seen | undefined;
      const look = () => {
        for (; !found && from < seen.length; from += 1) {
          const one = seen[from];
          if (one && fits(one)) found = one;
        }
        return found !== undefined;
      };
      await watchers.until(look, timeoutMs);
      return found as unknown as Seen;
    },
    async stop() {
      watchers.stop();
      await server.stop();
    },
  };
}

function fenceOf(delivery: string): number {
  if (delivery === '') return 0;
  const token = readToken(delivery);
  return token.test ? 0 : token.fence;
}
