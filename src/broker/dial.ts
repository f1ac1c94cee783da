import { connect, type Options, type RecoveringChannelModel } from 'amqplib';

import type { BrokerSettings } from '../contract/settings';
import { tlsOptions } from '../contract/tlsOptions';
import type { Login } from './login';

export interface Dialling {
  readonly login: Login;
  /** Shown by RabbitMQ behind the connection's name. */
  readonly purpose: string;
  /** Attempts after the first before it is given up; after a first success there is no end to them. */
  readonly retries: number;
  /** Counts the attempts that failed: each goes to the next host. */
  readonly turn: () => number;
}

/** Longest pause between two attempts, ms. amqplib's own 30 s leaves a returned broker idle for too long. */
const LONGEST_DELAY_MS = 2000;

/** Begins to connect, with amqplib's recovery; does not wait for it. */
export async function dial(dialling: Dialling): Promise<RecoveringChannelModel> {
  const { settings } = dialling.login;
  return await connect(url(dialling), {
    ...(settings.tls && tlsOptions(settings.tls)),
    noDelay: true,
    keepAlive: true,
    timeout: settings.connectTimeoutMs,
    clientProperties: { connection_name: `${settings.connectionName} (${dialling.purpose})` },
    recovery: {
      waitForConnect: false,
      initialDelay: 100,
      maxDelay: LONGEST_DELAY_MS,
      initialMaxRetries: dialling.retries,
    },
  });
}

/** amqplib captures one url at the start; getters let each attempt read the host whose turn it is, and the login. */
function url({ login, turn }: Dialling): Options.Connect {
  const { tls, vhost, hosts, heartbeatSeconds } = login.settings;
  const current = () => hosts[turn() % hosts.length] as BrokerSettings['hosts'][number];
  return {
    protocol: tls ? 'amqps' : 'amqp',
    get hostname() {
      return current().host;
    },
    get port() {
      return current().port;
    },
    get username() {
      return login.settings.username;
    },
    get password() {
      return login.settings.password;
    },
    vhost: encodeURIComponent(vhost),
    heartbeat: heartbeatAsked(heartbeatSeconds),
  };
}

/**
 * amqplib takes a silent peer for lost after two to three intervals (it looks once in each): asked for two thirds, it is two of what was
 * set at most. Below one second there is none, so 1 may take three. 0 is off.
 */
export function heartbeatAsked(seconds: number): number {
  return seconds === 0 ? 0 : Math.max(1, Math.floor((seconds * 2) / 3));
}
