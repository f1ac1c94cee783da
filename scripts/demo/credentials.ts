import type { CredentialDraft } from '../../test/support/n8nApi';

/** URLs as they are known, in the fields of the pack's credentials. */

export function rabbitMqCredential(text: string): CredentialDraft {
  const url = new URL(text);
  const tls = url.protocol === 'amqps:';
  return {
    name: 'Demo RabbitMQ',
    type: 'agentSwarmRabbitMqApi',
    data: {
      hosts: `${url.hostname}:${url.port || (tls ? 5671 : 5672)}`,
      vhost: decodeURIComponent(url.pathname.slice(1)) || '/',
      username: decodeURIComponent(url.username) || 'guest',
      password: decodeURIComponent(url.password) || 'guest',
      tls,
    },
  };
}

export function redisCredential(text: string, prefix: string): CredentialDraft {
  const url = new URL(text);
  return {
    name: 'Demo Redis',
    type: 'agentSwarmRedisApi',
    data: {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || 6379),
      database: Number(url.pathname.slice(1) || 0),
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      tls: url.protocol === 'rediss:',
      prefix,
    },
  };
}

export function openAiCredential(apiKey: string, url: string): CredentialDraft {
  return { name: 'Demo OpenAI', type: 'openAiApi', data: { apiKey, url } };
}
