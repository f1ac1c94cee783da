import { Cluster, type Redis } from 'ioredis';

import type { StoreSettings } from '../contract/settings';
import { timedOut } from './cause';
import { nodesOf, openSubscriber, type Endpoint, type StoreClient } from './client';
import { ANSWER_WAIT_MS } from './options';

/**
 * Listens on channels, across reconnects and failovers. Subscribing again to what is subscribed already changes nothing and is
 * answered, so it also is the heartbeat that finds a half-open socket, on which nothing would be heard for ever.
 */
export class Subscriber {
  readonly client: Redis;
  private readonly hearers = new Map<string, Set<(message: string) => void>>();
  private readonly timer: NodeJS.Timeout;

  /** @param store the client for tasks, which knows the nodes of a Cluster */
  constructor(
    settings: StoreSettings,
    private readonly store: StoreClient,
    onFault: (fault: unknown) => void,
  ) {
    const named = settings.kind === 'cluster' ? settings.nodes : [];
    this.client = openSubscriber(settings, () => {
      const known = nodesOf(store, 'all');
      return known.length > 0 ? known : named;
    });
    this.client.on('error', onFault);
    this.client.on('sentinelError', onFault);
    this.client.on('ready', () => void this.subscribe());
    this.client.on('message', (channel: string, message: string) => {
      for (const hear of this.hearers.get(channel) ?? []) hear(message);
    });
    this.timer = setInterval(() => void this.look(), ANSWER_WAIT_MS).unref();
  }

  listen(channel: string, hear: (message: string) => void): void {
    const all = this.hearers.get(channel) ?? new Set();
    this.hearers.set(channel, all.add(hear));
    void this.subscribe();
  }

  close(): void {
    clearInterval(this.timer);
    this.client.disconnect();
  }

  private async look(): Promise<void> {
    // A node that lost its slots may be leaving; ioredis' own interval outlives a Cluster that is closed meanwhile (read, 5.9.3).
    if (this.store instanceof Cluster && this.isReady) this.store.refreshSlotsCache();
    const { host = '', port = 0 } = this.client.options;
    if (this.isLeftOut({ host, port })) this.client.disconnect(true);
    else await this.subscribe();
  }

  private get isReady(): boolean {
    return this.store.status === 'ready';
  }

  /** A node that does not belong to its Cluster any more hears nothing of what is said there. */
  private isLeftOut(at: Endpoint): boolean {
    const known = this.isReady ? nodesOf(this.store, 'all') : [];
    return (
      known.length > 0 && !known.some(({ host, port }) => host === at.host && port === at.port)
    );
  }

  private async subscribe(): Promise<void> {
    if (this.client.status !== 'ready' || this.hearers.size === 0) return;
    try {
      await this.client.subscribe(...this.hearers.keys());
    } catch (error) {
      // Else a right is missing, which may be granted: the next look asks again.
      if (timedOut(error)) this.client.disconnect(true);
    }
  }
}
