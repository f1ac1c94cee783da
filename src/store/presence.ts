import type { EventEmitter } from 'node:events';

import { saysOnlyLost } from './cause';
import type { StoreClient } from './client';

/** Knows whether the store can be asked now, and why not. */
export class Presence {
  /** Why the last attempt to connect failed; undefined once one succeeded. */
  fault: Error | undefined;
  /** The connection is in the wrong database, and about to end. */
  private astray = false;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly client: StoreClient,
    onFault: (fault: Error) => void,
  ) {
    const events: EventEmitter = client;
    const note = (fault: Error) => {
      this.fault = fault;
      onFault(fault);
    };
    // Without a listener ioredis prints each error; callers get theirs with their own call.
    events.on('error', (error: Error & { command?: { name: string } }) => {
      // What was told before says more: the fault of each Sentinel or node, or why a connection was ended.
      if (!this.fault || !saysOnlyLost(error)) note(error);
      // ioredis swallows the error of its own SELECT and would work on in database 0.
      if (error.command?.name !== 'select') return;
      this.astray = true;
      client.disconnect(true);
    });
    events.on('close', () => (this.astray = false));
    events.on('sentinelError', note);
    events.on('node error', note);
    events.on('ready', () => {
      if (this.astray) return;
      this.fault = undefined;
      this.wake();
    });
  }

  get isUp(): boolean {
    return this.client.status === 'ready' && !this.astray;
  }

  /** Resolves when the store can be asked, but after `ms` at the latest. */
  async up(ms: number): Promise<void> {
    if (this.isUp) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.waiting.add(end);
    });
  }

  /** @throws whatever made the first attempt to connect fail; the client goes on trying */
  async firstAttempt(): Promise<void> {
    const events: EventEmitter = this.client;
    await new Promise<void>((resolve, reject) => {
      const failed = () => reject(this.fault ?? new Error('Connection is closed.'));
      events.once('error', failed);
      // A Cluster that is down says nothing, and its `connect` never settles.
      events.once('close', failed);
      this.client.connect().then(resolve, failed);
    });
  }

  /** Ends the connection for good, and wakes all who wait for it. */
  close(): void {
    const events: EventEmitter = this.client;
    // A Cluster that closed twice in a row has two timers to reconnect, and forgets one of them (read, ioredis 5.9.3).
    events.on('connecting', () => this.client.disconnect());
    this.client.disconnect();
    this.wake();
  }

  private wake(): void {
    for (const end of [...this.waiting]) end();
  }
}
