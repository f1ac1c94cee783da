import { EventEmitter } from 'node:events';

import type { ChannelModel, RecoveringChannelModel } from 'amqplib';

import { RefusedError, type SwarmError } from '../contract/errors';
import { goodbye } from '../contract/patience';
import type { BrokerSettings } from '../contract/settings';
import { brokerCause } from './cause';
import { dial } from './dial';
import { Login, type Reread } from './login';

/**
 * | event | when |
 * |---|---|
 * | up | connected, or connected again: everything that stood on the connection must be made anew |
 * | down | it was lost, or an attempt failed; the next one follows by itself |
 * | blocked | the broker takes no publishes (memory or disk alarm); told only to connections that publish. Ends with `unblocked` or `down` |
 */
interface ConnectionEvents {
  up: [model: ChannelModel];
  down: [cause: SwarmError];
  /** In the broker's words, such as "low on memory". */
  blocked: [reason: string];
  unblocked: [];
}

/** What the server said of itself when it let us in. */
export interface BrokerIdentity {
  readonly version: string;
  readonly cluster: string;
}

export interface ConnectionOptions {
  /** Asked when the broker refuses the login, once a second at most; without it the first login is used for ever. */
  readonly reread?: Reread | undefined;
}

/**
 * One TCP connection that comes back by itself (amqplib's recovery), going round the hosts. Recovery restores only the
 * connection: channels and consumers listen for `up` and make themselves anew.
 */
export class BrokerConnection extends EventEmitter<ConnectionEvents> {
  private recovering: RecoveringChannelModel | undefined;
  private model: ChannelModel | undefined;
  private reason: string | undefined;
  private refused: RefusedError | undefined;
  private lost: SwarmError | undefined;
  private turn = 0;
  private wasUp = false;
  private closing = false;

  private constructor(
    private readonly login: Login,
    private readonly purpose: string,
  ) {
    super();
    // Each publish that waits for a broker that is away listens.
    this.setMaxListeners(0);
  }

  /**
   * @param patience `once`: every host is tried once and then the cause is thrown. `endless`: resolves at once and
   *   connects in the background, for ever. After a first success both reconnect without end.
   */
  static async open(
    settings: BrokerSettings,
    purpose: string,
    patience: 'once' | 'endless',
    { reread }: ConnectionOptions = {},
  ): Promise<BrokerConnection> {
    const login = new Login(settings, reread);
    for (;;) {
      const connection = new BrokerConnection(login, purpose);
      const recovering = await connection.dial(
        patience === 'once' ? settings.hosts.length - 1 : Infinity,
      );
      if (patience === 'endless') return connection;
      try {
        await recovering.waitForConnect();
        return connection;
      } catch (error) {
        // A host that refused says more than one that is merely away.
        const cause = connection.refused ?? brokerCause(error, settings);
        if (!(await login.renew(cause))) throw cause;
      }
    }
  }

  /** As they are now: user and password may have been read again. */
  get settings(): BrokerSettings {
    return this.login.settings;
  }

  /** For a connection with several users: the last one who can read the credential again does. */
  readBy(reread: Reread | undefined): void {
    this.login.readBy(reread);
  }

  /** The live model, or undefined while the connection is down. */
  get live(): ChannelModel | undefined {
    return this.model;
  }

  /** Why the broker takes no publishes right now. */
  get blocked(): string | undefined {
    return this.reason;
  }

  /** Why a host refuses us, if one has done so since the connection was last up. */
  get refusal(): RefusedError | undefined {
    return this.refused;
  }

  /** Why it is down. Who waited on one of its channels is only told that the channel ended. */
  get loss(): SwarmError | undefined {
    return this.lost;
  }

  get identity(): BrokerIdentity {
    const properties = this.model?.connection.serverProperties;
    return {
      version: properties?.version ?? '',
      cluster: properties?.cluster_name ?? '',
    };
  }

  /** Drops a connection whose channels no longer answer; it comes back as after any loss. */
  async drop(): Promise<void> {
    const { model, recovering } = this;
    if (!model || !recovering) return;
    let closed = false;
    model.once('close', () => (closed = true));
    this.wentDown(new Error('dropped, because it no longer answered'));
    await goodbye(model.close());
    if (closed || this.closing) return;
    // A peer that is gone never confirms the close, and amqplib waits for that: without heartbeats for ever.
    recovering.removeAllListeners().on('error', () => undefined);
    void recovering.close();
    await this.dial(Infinity);
  }

  /** Bears being called twice. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    this.model = undefined;
    this.removeAllListeners();
    if (this.recovering) await goodbye(this.recovering.close());
  }

  private async dial(retries: number): Promise<RecoveringChannelModel> {
    const { login, purpose } = this;
    const recovering = await dial({ login, purpose, retries, turn: () => this.turn });
    this.recovering = recovering;
    recovering.on('connect', (model) => this.cameUp(model));
    recovering.on('disconnect', (error) => this.wentDown(error));
    recovering.on('connect-failed', (error) => {
      this.turn += 1;
      const cause = brokerCause(error, this.settings);
      if (cause instanceof RefusedError) this.refused ??= cause;
      if (retries === Infinity || this.wasUp) void this.login.renew(cause);
      this.wentDown(cause);
    });
    recovering.on('blocked', (reason) => {
      this.reason = reason;
      this.emit('blocked', reason);
    });
    recovering.on('unblocked', () => {
      this.reason = undefined;
      this.emit('unblocked');
    });
    // Without a listener an 'error' event would end the process; 'disconnect' tells the same.
    recovering.on('error', () => undefined);
    if (this.closing) void recovering.close();
    return recovering;
  }

  private cameUp(model: ChannelModel): void {
    if (this.closing) return;
    this.model = model;
    this.wasUp = true;
    this.refused = undefined;
    this.lost = undefined;
    this.emit('up', model);
  }

  private wentDown(error: Error): void {
    this.model = undefined;
    this.reason = undefined;
    this.lost = brokerCause(error, this.settings);
    if (!this.closing) this.emit('down', this.lost);
  }
}
