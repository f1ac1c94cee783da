import type { Command } from 'commander';

import { readManagementUrl } from '../broker/managementUrl';
import { InputError } from '../contract/errors';
import { brokerSchema, readSettings, type BrokerSettings } from '../contract/settings';
import { readAddress, type Kind } from './address';

/** As a person gives it; it stands for the credential Agent Swarm RabbitMQ. */
export interface BrokerFlags {
  readonly rabbitmq?: string;
  readonly management?: string;
}

export function withBrokerFlags(command: Command): Command {
  return command
    .option(
      '--rabbitmq <url>',
      'amqp://[user:password@]host[:port][/vhost], amqps:// for TLS; several hosts by commas; else RABBITMQ_URL',
    )
    .option(
      '--management <url>',
      'its management API, such as http://rabbit-1:15672; else RABBITMQ_MANAGEMENT_URL',
    );
}

const RABBITMQ: Kind = {
  option: '--rabbitmq',
  scheme: 'amqp',
  example: 'amqp://user:password@host:5672/vhost',
};

/** @throws InputError for an address that cannot be read */
export function brokerSettings(
  flags: BrokerFlags,
  env: Readonly<Record<string, string | undefined>>,
): BrokerSettings {
  const given = flags.rabbitmq ?? env.RABBITMQ_URL;
  if (!given) {
    throw new InputError('--rabbitmq', 'is missing', 'Give the address, or set RABBITMQ_URL.');
  }
  const { login, hosts, tls, path } = readAddress(given, RABBITMQ);
  return readSettings(brokerSchema, {
    hosts: hosts(tls ? 5671 : 5672),
    vhost: path || '/',
    ...login,
    connectionName: 'agent-swarm',
    managementUrl: readManagementUrl(
      '--management',
      flags.management ?? env.RABBITMQ_MANAGEMENT_URL,
    ),
    tls: tls ? {} : undefined,
  });
}
