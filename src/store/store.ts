import { Redis } from 'ioredis';

import type { SwarmError } from '../contract/errors';
import { ClosedError, pause } from '../contract/patience';
import type { StoreSettings } from '../contract/settings';
import { TornError } from './answers';
import { lostConnection, storeCause, timedOut } from './cause';
import { dropConnections, openClient, useLogin, type StoreClient } from './client';
import { Keys } from './keys';
import { ANSWER_WAIT_MS } from './options';
import { Presence } from './presence';
import { openingFault } from './probe';
import { Relogin } from './relogin';
import type { Script } from './script';
import { Subscriber } from './subscriber';

/** What a key or argument of a script may be. */
export type ScriptArgument = string | number | Buffer;

export interface StoreOptions {
  /**
   * The credential as it is now. Asked when a server refuses the login while connecting, at most once a second; the next attempt uses
   * its logins, and nothing else of it. Without it a password that was changed is waited for at the server.
   */
  reread?(): Promise<StoreSettings>;
}

type Command = (count: number, ...given: ScriptArgument[]) => Promise<unknown>;

/** How long a call waits for a connection that is not there: long enough for a hiccup, and no longer, ms. */
const AWAY_WAIT_MS = 2000;
/** Pause before a call is made again, ms: a connection that is ending needs a moment to be seen as ended. */
const AGAIN_MS = 50;

/**
 * A connection to Redis or Valkey: one server, the primary that Sentinels name, or a Cluster. A call fails with UnavailableError while
 * the store is away, within about 2 s, or 10 s when the network swallows everything; who wants to wait uses `patiently`. It reconnects
 * by itself, without end.
 *
 * A call whose connection ends under way is made again when it is back in time, so it may be made twice: give only what bears that.
 *
 * Replicas learn of a write after it was answered. A primary that is lost takes with it what it had not told them: some milliseconds,
 * or all since they lost touch. Leases of live runs are written again by their next renewal. An end that was lost leaves its task live
 * until the lease runs out, and a copy that comes later runs again; the record of a retry that was lost makes its copy look like a
 * duplicate until then; a word that was lost was never said. `min-replicas-to-write` on the server bounds this, and nothing excludes it.
 */
export class Store {
  readonly keys: Keys;
  /** Of one server or of a Cluster; `run` and `ask` explain its errors and wait for it a little. */
  readonly client: StoreClient;
  private readonly presence: Presence;
  private readonly relogin: Relogin;
  private readonly defined = new Set<string>();
  private subscriber: Subscriber | undefined;
  private closed = false;

  private constructor(
    private readonly settings: StoreSettings,
    options: StoreOptions,
  ) {
    this.keys = new Keys(settings.prefix);
    this.client = openClient(settings);
    this.relogin = new Relogin(settings, options.reread, (now) => {
      useLogin(this.client, now);
      if (this.subscriber) useLogin(this.subscriber.client, now);
    });
    this.presence = new Presence(this.client, (fault) => this.relogin.seen(fault));
  }

  /** @param patience `once` throws the cause when the first connection fails; `endless` returns and connects in the background. */
  static async open(
    settings: StoreSettings,
    patience: 'once' | 'endless',
    options: StoreOptions = {},
  ): Promise<Store> {
    const store = new Store(settings, options);
    const connected = store.connect();
    if (patience === 'endless') {
      connected.catch(() => undefined);
      return store;
    }
    try {
      await connected;
      return store;
    } catch (error) {
      store.close();
      throw await openingFault(error, settings);
    }
  }

  /** Runs a script; EVALSHA, with the text sent again when the server does not know it. */
  async run(
    script: Script,
    keys: readonly string[],
    args: readonly ScriptArgument[],
  ): Promise<unknown> {
    if (!this.defined.has(script.name)) {
      this.client.defineCommand(script.name, { lua: script.lua });
      this.defined.add(script.name);
    }
    const command = (this.client as unknown as Record<string, Command>)[script.name] as Command;
    const call = () => this.ask(() => command.call(this.client, keys.length, ...keys, ...args));
    return script.each || keys.length < 2 ? await call() : await whole(call);
  }

  /** Any other command, with its errors explained. It is given the client of one server or of a Cluster. */
  async ask<T>(act: (client: StoreClient) => Promise<T>): Promise<T> {
    const until = performance.now() + AWAY_WAIT_MS;
    for (;;) {
      if (!this.presence.isUp) await this.presence.up(until - performance.now());
      // Not away, so that nobody waits for it to come back.
      if (this.closed) throw new ClosedError('the store was closed');
      if (!this.presence.isUp) throw this.away();
      try {
        return await act(this.client);
      } catch (error) {
        if (this.closed) throw new ClosedError('the store was closed');
        if (!lostConnection(error) || performance.now() > until) throw this.failed(error);
      }
      await pause(AGAIN_MS);
    }
  }

  /**
   * Listens on a channel, also after reconnects and failovers. What is told while the connection is down is lost: look again by other
   * means.
   */
  listen(channel: string, hear: (message: string) => void): void {
    this.subscriber ??= new Subscriber(this.settings, this.client, (fault) =>
      this.relogin.seen(fault),
    );
    this.subscriber.listen(channel, hear);
  }

  close(): void {
    this.closed = true;
    this.subscriber?.close();
    this.presence.close();
  }

  private async connect(): Promise<void> {
    await this.presence.firstAttempt();
    const { client, settings } = this;
    // ioredis swallows the error of its own SELECT; and what answers may be a Sentinel, which knows none.
    if (client instanceof Redis && settings.kind !== 'cluster') {
      await client.select(settings.database);
    }
  }

  private away(): SwarmError {
    const fault = this.presence.fault ?? new Error('Connection is closed.');
    return storeCause(fault, this.settings);
  }

  private failed(error: unknown): SwarmError {
    const { isUp } = this.presence;
    if (!isUp && lostConnection(error)) return this.away();
    if (isUp && timedOut(error)) dropConnections(this.client);
    return storeCause(error, this.settings);
  }
}

/** Waits for a slot that is moving, but not for ever. */
async function whole<T>(call: () => Promise<T>): Promise<T> {
  const until = performance.now() + ANSWER_WAIT_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof TornError) || performance.now() > until) throw error;
    }
  }
}
