import type { N8nApi } from './n8nApi';
import type { CredentialReference, WorkflowDraft } from './n8nRecords';

export const createBuiltInCredential = (api: N8nApi, port: number): Promise<CredentialReference> =>
  api.createCredential({
    name: 'built-in',
    type: 'rabbitmq',
    data: {
      hostname: '127.0.0.1',
      port,
      username: 'guest',
      password: 'guest',
      vhost: '/',
      ssl: false,
    },
  });

/** n8n's own RabbitMQ Trigger on a queue that exists. `options` are those of its form. */
export function builtInTrigger(
  rabbitmq: CredentialReference,
  queue: string,
  options: object,
): Omit<WorkflowDraft['nodes'][number], 'id' | 'position'> {
  return {
    name: 'Trigger',
    type: 'n8n-nodes-base.rabbitmqTrigger',
    typeVersion: 1,
    parameters: { queue, options: { assertQueue: false, ...options } },
    credentials: { rabbitmq },
  };
}
