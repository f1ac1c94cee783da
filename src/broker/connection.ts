import { EventEmitter } from 'node:events';

import { connect, type ChannelModel, type RecoveringChannelModel } from 'amqplib';

import { RefusedError, type SwarmError } from '../contract/errors';
import { goodbye } from '../contract/patience';
import type { BrokerSettings } from '../contract/settings';
import { brokerCause } from './cause';

interface ConnectionEvents {
  up: [model: ChannelModel];
  down: [cause: SwarmError];
}

/** What the server said of itself when it let us in. */
export interface BrokerIdentity {
  readonly version: string;
  readonly cluster: string;
}

/** Longest pause between two attempts, ms. amqplib's own 30 s leaves a returned broker idle for too long. */
const LONGEST_DELAY_MS = 2000;

/**
 * One TCP connection that comes back by itself (amqplib's recovery), going round the hosts. Recovery restores only the
 * connection: channels and consumers listen for `up` and make themselves anew.
 */
export class BrokerConnection extends EventEmitter<ConnectionEvents> {
  private model: ChannelModel | undefined;
  private closing = false;

  private constructor(
    private readonly recovering: RecoveringChannelModel,
    readonly settings: BrokerSettings,
  ) {
    super();
  }

  /**
   * @param patience `once`: every host is tried once and then the cause is thrown. `endless`: resolves at once and
   *   connects in the background, for ever. After a first success both reconnect without end.
   */
  static async open(
    settings: BrokerSettings,
    purpose: string,
    patience: 'once' | 'endless',
  ): Promise<BrokerConnection> {
    let turn = 0;
    const current = (): BrokerSettings['hosts'][number] =>
      settings.hosts[turn % settings.hosts.length] as BrokerSettings['hosts'][number];
    // amqplib captures one url at the start; getters let each attempt read the host whose turn it is.
    const url = {
      protocol: settings.tls ? 'amqps' : 'amqp',
      get hostname() {
        return current().host;
      },
      get port() {
        return current().port;
      },
      username: settings.username,
      password: settings.password,
      vhost: encodeURIComponent(settings.vhost),
      heartbeat: settings.heartbeatSeconds,
    };
    const recovering = await connect(url, {
      ...tlsOptions(settings),
      noDelay: true,
      keepAlive: true,
      timeout: settings.connectTimeoutMs,
      clientProperties: { connection_name: `${settings.connectionName} (${purpose})` },
      recovery: {
        waitForConnect: false,
        initialDelay: 100,
        maxDelay: LONGEST_DELAY_MS,
        initialMaxRetries: patience === 'once' ? settings.hosts.length - 1 : Infinity,
      },
    });
    const connection = new BrokerConnection(recovering, settings);
    let refused: SwarmError | undefined;
    recovering.on('connect', (model) => connection.cameUp(model));
    recovering.on('disconnect', (error) => connection.wentDown(error));
    recovering.on('connect-failed', (error) => {
      turn += 1;
      const cause = brokerCause(error, settings);
      if (cause instanceof RefusedError) refused ??= cause;
      connection.wentDown(error);
    });
    // Without a listener an 'error' event would end the process; 'disconnect' tells the same.
    recovering.on('error', () => undefined);
    if (patience === 'once') {
      try {
        await recovering.waitForConnect();
      } catch (error) {
        // A host that refused says more than one that is merely away.
        throw refused ?? brokerCause(error, settings);
      }
    }
    return connection;
  }

  /** The live model, or undefined while the connection is down. */
  get live(): ChannelModel | undefined {
    return this.model;
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
    if (this.model) await goodbye(this.model.close());
  }

  /** Bears being called twice. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    this.model = undefined;
    this.removeAllListeners();
    await goodbye(this.recovering.close());
  }

  private cameUp(model: ChannelModel): void {
    if (this.closing) return;
    this.model = model;
    this.emit('up', model);
  }

  private wentDown(error: Error): void {
    this.model = undefined;
    if (!this.closing) this.emit('down', brokerCause(error, this.settings));
  }
}

function tlsOptions(settings: BrokerSettings): Record<string, unknown> {
  const { tls } = settings;
  if (!tls) return {};
  return {
    ...(tls.ca && { ca: tls.ca }),
    ...(tls.cert && { cert: tls.cert }),
    ...(tls.key && { key: tls.key }),
    ...(tls.passphrase && { passphrase: tls.passphrase }),
    ...(tls.serverName && { servername: tls.serverName }),
    rejectUnauthorized: tls.verify,
  };
}
