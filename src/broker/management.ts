import { z } from 'zod/v4';

import type { BrokerSettings } from '../contract/settings';
import type { BrokerIdentity } from './connection';
import { ManagementClient, objectSchema } from './managementClient';

/** A queue as the management API tells it. Figures are some seconds old, and absent where the broker gathers none. */
export interface ListedQueue {
  readonly name: string;
  /** `quorum`, `classic`, `stream`, or what later versions have. */
  readonly type: string;
  /** Waiting and in hand. */
  readonly messages: number | undefined;
  readonly consumers: number | undefined;
  /** In the hands of consumers. */
  readonly unacked: number | undefined;
}

/** What a queue is held to. */
export interface QueueSettings {
  readonly type: string;
  /** Such as `x-delivery-limit`. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Of all policies together, such as `delivery-limit`. */
  readonly policy: Readonly<Record<string, unknown>>;
}

export interface QueuePage {
  readonly queues: readonly ListedQueue[];
  readonly last: boolean;
}

export interface QueueSearch {
  /** From 1. */
  readonly page?: number;
  /** Only queues whose name contains it. */
  readonly filter?: string;
}

const PAGE_SIZE = 100;

const overviewSchema = z.object({ rabbitmq_version: z.string(), cluster_name: z.string() });
const queueSchema = z.object({
  type: z.string().default('classic'),
  arguments: objectSchema,
  effective_policy_definition: objectSchema,
});
const pageSchema = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      type: z.string().default('classic'),
      messages: z.number().optional(),
      consumers: z.number().optional(),
      messages_unacknowledged: z.number().optional(),
    }),
  ),
  page: z.number(),
  page_count: z.number(),
});

/**
 * RabbitMQ's management API, for what AMQP cannot tell of queues.
 *
 * @throws SwarmError with cause and remedy, from every method
 */
export class ManagementApi {
  private readonly client: ManagementClient;

  /** @throws InputError when the settings name no URL */
  constructor(private readonly settings: BrokerSettings) {
    this.client = new ManagementClient(settings);
  }

  /** The server it belongs to. */
  async overview(): Promise<BrokerIdentity> {
    const found = await this.client.ask('api/overview', overviewSchema);
    return { version: found.rabbitmq_version, cluster: found.cluster_name };
  }

  /** Queues of the virtual host by name, 100 a page. */
  async queues({ page = 1, filter = '' }: QueueSearch = {}): Promise<QueuePage> {
    const query = new URLSearchParams({
      page: String(page),
      page_size: String(PAGE_SIZE),
      columns: 'name,type,messages,consumers,messages_unacknowledged',
      sort: 'name',
      ...(filter !== '' && { name: filter, use_regex: 'false' }),
    });
    const found = await this.client.ask(`${this.queuesPath()}?${query.toString()}`, pageSchema);
    const queues = found.items.map(
      ({ name, type, messages, consumers, messages_unacknowledged: unacked }) => ({
        name,
        type,
        messages,
        consumers,
        unacked,
      }),
    );
    return { queues, last: found.page >= found.page_count };
  }

  /** One queue, with what it was declared with and the policies that hold for it; undefined when it is not there. */
  async queue(name: string): Promise<QueueSettings | undefined> {
    const path = `${this.queuesPath()}/${encodeURIComponent(name)}`;
    const found = await this.client.find(path, queueSchema);
    return (
      found && {
        type: found.type,
        arguments: found.arguments,
        policy: found.effective_policy_definition,
      }
    );
  }

  /** Page of a queue, for a browser. */
  pageOf(queue: string): string {
    const { vhost } = this.settings;
    const place = `#/queues/${encodeURIComponent(vhost)}/${encodeURIComponent(queue)}`;
    return new URL(place, this.client.base).href;
  }

  private queuesPath(): string {
    return `api/queues/${encodeURIComponent(this.settings.vhost)}`;
  }
}
