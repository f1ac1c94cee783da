import { listenOnLoopback, sendJson } from '../support/loopback';
import { Watchers } from '../support/watchers';

/** What workflows ask outside of n8n. */
export interface Outside {
  /** `/gone` is gone, `/once-busy` asks the first to come back in a second, `/hang` answers when it is let go. */
  readonly url: string;
  /** Waits until somebody hangs. */
  hanging(): Promise<void>;
  letGo(): void;
  stop(): Promise<void>;
}

export async function startOutside(): Promise<Outside> {
  let busy = true;
  const held = new Set<() => void>();
  const watchers = new Watchers(() => `${held.size} hang`);
  const server = await listenOnLoopback(async (request, response) => {
    switch (request.url) {
      case '/gone':
        return sendJson(response, 404, { message: 'it is gone' });
      case '/once-busy':
        if (!busy) return sendJson(response, 200, {});
        busy = false;
        return sendJson(response, 429, { message: 'slow down' }, { 'retry-after': '1' });
      default:
        await new Promise<void>((resolve) => {
          held.add(resolve);
          watchers.changed();
        });
        return sendJson(response, 200, {});
    }
  });
  const letGo = () => {
    for (const release of held) release();
    held.clear();
  };
  return {
    url: server.url,
    hanging: () => watchers.until(() => held.size > 0),
    letGo,
    async stop() {
      watchers.stop();
      letGo();
      await server.stop();
    },
  };
}
