import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import {
  brokerSchema,
  readManagementUrl,
  readSettings,
  type BrokerSettings,
} from '../../src/index';
import { inFormWords, type Labels } from './formWords';
import { readHosts } from './hosts';
import { Stored } from './stored';
import { readTls, TLS_LABELS } from './tlsCredential';

const AMQP_PORT = 5672;
const AMQPS_PORT = 5671;

const LABELS: Labels = {
  hosts: 'Hosts',
  vhost: 'Virtual Host',
  username: 'Username',
  password: 'Password',
  heartbeatSeconds: 'Heartbeat',
  connectionName: 'Connection Name',
  connectTimeoutMs: 'Connect Timeout',
  managementUrl: 'Management URL',
  ...TLS_LABELS,
};

/**
 * Settings of the broker from the stored credential "Agent Swarm RabbitMQ".
 *
 * @throws InputError naming the field as the form shows it
 */
export function readBrokerCredential(data: ICredentialDataDecryptedObject): BrokerSettings {
  const stored = new Stored(data);
  const tls = readTls(stored);
  const hosts = stored.text('hosts') ?? '';
  return inFormWords(LABELS, () =>
    readSettings(brokerSchema, {
      hosts: readHosts('Hosts', hosts, tls ? AMQPS_PORT : AMQP_PORT),
      vhost: stored.text('vhost'),
      username: stored.exact('username'),
      password: stored.exact('password'),
      heartbeatSeconds: stored.number('heartbeatSeconds'),
      connectionName: stored.text('connectionName'),
      connectTimeoutMs: stored.milliseconds('connectTimeoutSeconds'),
      managementUrl: readManagementUrl('Management URL', stored.text('managementUrl')),
      tls,
    }),
  );
}
