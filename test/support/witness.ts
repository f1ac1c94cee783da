import type { ServerResponse } from 'node:http';
import { listenOnLoopback, readBody, sendJson } from './loopback';
import { Watchers } from './watchers';

export interface WitnessOptions {
  port?: number;
  /**
   * The status an effect is answered with, 200 by default. The effect is counted before this is
   * asked, so a promise that stays open holds a run in flight whose effect already happened.
   */
  answer?: (key: string, count: number) => number | Promise<number>;
}

/** Counts side effects: what a workflow did to the world, seen from outside of n8n. */
export interface Witness {
  /** POST `<url>/effects/<key>` is one effect; GET `<url>/effects` shows the counts. */
  url: string;
  port: number;
  /** A copy: how often each key was seen. */
  counts(): Map<string, number>;
  /** The bodies of one key, in the order they came. */
  bodies(key: string): string[];
  readonly total: number;
  /** Different keys seen. */
  readonly distinct: number;
  waitFor(predicate: (witness: Witness) => boolean, timeoutMs?: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startWitness(options: WitnessOptions = {}): Promise<Witness> {
  const effects = new Map<string, string[]>();
  let total = 0;
  const watchers = new Watchers(() => `${total} effects of ${effects.size} keys`);

  const count = async (key: string, body: string, response: ServerResponse) => {
    const bodies = effects.get(key) ?? [];
    bodies.push(body);
    effects.set(key, bodies);
    total += 1;
    const nth = bodies.length;
    watchers.changed();
    const status = (await options.answer?.(key, nth)) ?? 200;
    sendJson(response, status, { key, count: nth });
  };

  const server = await listenOnLoopback(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://witness').pathname;
    const key = /^\/effects\/(.+)$/.exec(path)?.[1];
    if (request.method === 'POST' && key !== undefined) {
      await count(decodeURIComponent(key), await readBody(request), response);
    } else if (request.method === 'GET' && key !== undefined) {
      sendJson(response, 200, effects.get(decodeURIComponent(key)) ?? []);
    } else if (request.method === 'GET' && path === '/effects') {
      sendJson(response, 200, Object.fromEntries(countsOf(effects)));
    } else {
      sendJson(response, 404, { error: `${request.method} ${path} is nothing a witness knows` });
    }
  }, options.port);

  const witness: Witness = {
    url: server.url,
    port: server.port,
    counts: () => countsOf(effects),
    bodies: (key) => [...(effects.get(key) ?? [])],
    get total() {
      return total;
    },
    get distinct() {
      return effects.size;
    },
    waitFor: (predicate, timeoutMs) => watchers.until(() => predicate(witness), timeoutMs),
    stop: async () => {
      watchers.stop();
      await server.stop();
    },
  };
  return witness;
}

function countsOf(effects: Map<string, string[]>): Map<string, number> {
  return new Map([...effects].map(([key, bodies]) => [key, bodies.length]));
}
