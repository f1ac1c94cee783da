import { listenOnLoopback } from '../loopback';
import { FrontDesk } from './frontDesk';
import type { Call } from './ledger';
import { defaultOptions, type ProviderOptions } from './options';

/** A stand-in for a provider with OpenAI's API. */
export interface Provider {
  /** What n8n's OpenAI credential takes as Base URL: ends with /v1. */
  url: string;
  port: number;
  /** Every request seen, in the order of arrival. */
  calls: readonly Call[];
  waitFor(predicate: (calls: readonly Call[]) => boolean, timeoutMs?: number): Promise<void>;
  /** Changes options while it runs; what the window holds stays. */
  configure(partial: Partial<ProviderOptions>): void;
  /** Breaks the connections of calls that still run. May be called twice. */
  stop(): Promise<void>;
}

export async function startProvider(options: Partial<ProviderOptions> = {}): Promise<Provider> {
  const desk = new FrontDesk({ ...defaultOptions, ...options });
  const server = await listenOnLoopback(
    (request, response) => desk.serve(request, response),
    options.port,
  );
  return {
    url: `${server.url}/v1`,
    port: server.port,
    calls: desk.ledger.calls,
    waitFor: (predicate, timeoutMs) => desk.ledger.waitFor(predicate, timeoutMs),
    configure: (partial) => desk.configure(partial),
    stop: async () => {
      desk.ledger.stop();
      await server.stop();
    },
  };
}
