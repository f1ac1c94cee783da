import { Redis, type RedisOptions } from 'ioredis';

import { ClosedError } from '../contract/patience';
import type { StoreSettings } from '../contract/settings';
import { storeCause } from './cause';
import { Keys } from './keys';
import type { Script } from './script';

/** What a key or argument of a script may be. */
export type ScriptArgument = string | number | Buffer;

type Command = (count: number, ...given: ScriptArgument[]) => Promise<unknown>;

/** Longest pause between two attempts to reconnect, ms. */
const LONGEST_DELAY_MS = 1000;
/** Longest wait for an answer, ms: a half-open socket must not hold a delivery for ever. */
const ANSWER_WAIT_MS = 10_000;

/**
 * A connection to Redis or Valkey. A call fails with UnavailableError while the store is away, quickly; who wants to wait uses
 * `patiently`. It reconnects by itself, without end.
 */
export class Store {
  readonly keys: Keys;
  private readonly defined = new Set<string>();
  private subscriber: Redis | undefined;
  private closed = false;

  private constructor(
    readonly client: Redis,
    private readonly settings: StoreSettings,
  ) {
    this.keys = new Keys(settings.prefix);
    // Without a listener ioredis prints each error; callers get theirs with their own call.
    client.on('error', () => undefined);
  }

  /** @param patience `once` throws the cause when the first connection fails; `endless` returns and connects in the background. */
  static async open(settings: StoreSettings, patience: 'once' | 'endless'): Promise<Store> {
    const store = new Store(new Redis(redisOptions(settings)), settings);
    if (patience === 'endless') {
      store.client.connect().catch(() => undefined);
      return store;
    }
    let last: Error | undefined;
    store.client.on('error', (error: Error) => (last ??= error));
    try {
      await store.client.connect();
      // ioredis swallows the error of its own SELECT and would work on in database 0.
      await store.client.select(settings.database);
    } catch (error) {
      store.client.disconnect();
      throw storeCause(last ?? error, settings);
    }
    return store;
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
    return await this.ask(() => command.call(this.client, keys.length, ...keys, ...args));
  }

  /** Any other command, with its errors explained. */
  async ask<T>(act: (client: Redis) => Promise<T>): Promise<T> {
    try {
      return await act(this.client);
    } catch (error) {
      // Not away, so that nobody waits for it to come back.
      if (this.closed) throw new ClosedError('the store was closed');
      throw storeCause(error, this.settings);
    }
  }

  /** Listens on a channel, also after reconnects. What is told while the connection is down is lost: look again by other means. */
  listen(channel: string, hear: (message: string) => void): void {
    const subscriber = (this.subscriber ??= this.subscribing());
    subscriber.on('message', (on: string, message: string) => {
      if (on === channel) hear(message);
    });
    // Settles only when the store is there; ioredis subscribes again by itself after it reconnects.
    subscriber.subscribe(channel).catch(() => undefined);
  }

  close(): void {
    this.closed = true;
    this.subscriber?.disconnect();
    this.client.disconnect();
  }

  private subscribing(): Redis {
    const subscriber = this.client.duplicate({
      lazyConnect: false,
      maxRetriesPerRequest: null,
      commandTimeout: undefined,
      socketTimeout: undefined,
    });
    subscriber.on('error', () => undefined);
    return subscriber;
  }
}

function redisOptions(settings: StoreSettings): RedisOptions {
  const { tls } = settings;
  return {
    host: settings.host,
    port: settings.port,
    db: settings.database,
    ...(settings.username && { username: settings.username }),
    ...(settings.password && { password: settings.password }),
    ...(tls && {
      tls: {
        ...(tls.ca && { ca: tls.ca }),
        ...(tls.cert && { cert: tls.cert }),
        ...(tls.key && { key: tls.key }),
        rejectUnauthorized: tls.verify,
      },
    }),
    lazyConnect: true,
    connectTimeout: settings.connectTimeoutMs,
    commandTimeout: ANSWER_WAIT_MS,
    // Without it a half-open socket is kept, and every later call goes into it as well.
    socketTimeout: ANSWER_WAIT_MS,
    maxRetriesPerRequest: 1,
    keepAlive: 10_000,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), LONGEST_DELAY_MS),
  };
}
