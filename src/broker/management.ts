import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { text as textOf } from 'node:stream/consumers';

import { z } from 'zod/v4';

import { InputError } from '../contract/errors';
import type { BrokerSettings } from '../contract/settings';
import { tlsOptions } from '../contract/tlsOptions';
import type { BrokerIdentity } from './connection';
import {
  managementCause,
  notManagement,
  SilentError,
  unexpectedAnswer,
  type HttpAnswer,
} from './managementCause';

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

/** Longest a whole answer may take, ms: a broker with many queues takes its time. */
const ANSWER_WAIT_MS = 20_000;
const PAGE_SIZE = 100;

const overviewSchema = z.object({ rabbitmq_version: z.string(), cluster_name: z.string() });
/** Erlang writes an empty object as an empty list, in some versions. */
const settingsSchema = z.preprocess(
  (given) => (Array.isArray(given) || given === null ? {} : given),
  z.record(z.string(), z.unknown()).default({}),
);
const queueSchema = z.object({
  type: z.string().default('classic'),
  arguments: settingsSchema,
  effective_policy_definition: settingsSchema,
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
 * RabbitMQ's management API, for what AMQP cannot tell. It is asked with the login of the broker, whose user needs the tag
 * `management`, and with its TLS when the URL is https.
 *
 * @throws SwarmError with cause and remedy, from every method
 */
export class ManagementApi {
  private readonly base: URL;

  /** @throws InputError when the settings name no URL */
  constructor(private readonly settings: BrokerSettings) {
    if (settings.managementUrl === '') {
      throw new InputError(
        'Management URL',
        'is empty in the credential Agent Swarm RabbitMQ',
        'Fill it in, such as http://rabbit-1:15672.',
      );
    }
    this.base = new URL(`${settings.managementUrl}/`);
  }

  /** The server it belongs to. */
  async overview(): Promise<BrokerIdentity> {
    const found = await this.ask('api/overview', overviewSchema);
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
    const found = await this.ask(`${this.queuesPath()}?${query.toString()}`, pageSchema);
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
    const answer = await this.answerOf(path);
    if (answer.status === 404) return undefined;
    const found = this.read(answer, queueSchema);
    return {
      type: found.type,
      arguments: found.arguments,
      policy: found.effective_policy_definition,
    };
  }

  /** Page of a queue, for a browser. */
  pageOf(queue: string): string {
    const { vhost } = this.settings;
    const place = `#/queues/${encodeURIComponent(vhost)}/${encodeURIComponent(queue)}`;
    return new URL(place, this.base).href;
  }

  private queuesPath(): string {
    return `api/queues/${encodeURIComponent(this.settings.vhost)}`;
  }

  private async ask<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return this.read(await this.answerOf(path), schema);
  }

  private async answerOf(path: string): Promise<HttpAnswer> {
    return await this.get(path).catch((error: unknown) => {
      throw managementCause(error, this.settings);
    });
  }

  private read<T>(answer: HttpAnswer, schema: z.ZodType<T>): T {
    if (answer.status !== 200) throw unexpectedAnswer(answer, this.settings);
    const read = schema.safeParse(parsed(answer.text));
    if (!read.success) throw notManagement(this.settings, read.error);
    return read.data;
  }

  private async get(path: string): Promise<HttpAnswer> {
    const { username, password, connectTimeoutMs } = this.settings;
    const url = new URL(path, this.base);
    const secure = url.protocol === 'https:';
    const options = {
      // One that keeps connections would hold them open between two looks.
      agent: false,
      auth: `${username}:${password}`,
      headers: { accept: 'application/json' },
      timeout: connectTimeoutMs,
      signal: AbortSignal.timeout(connectTimeoutMs + ANSWER_WAIT_MS),
      ...(secure && this.tls(url.hostname)),
    };
    return await new Promise((resolve, reject) => {
      const asked = (secure ? overHttps : overHttp)(url, options, (response) => {
        const { statusCode: status = 0, headers } = response;
        textOf(response).then((text) => resolve({ status, headers, text }), reject);
      });
      asked.on('timeout', () => asked.destroy(new SilentError()));
      asked.on('error', reject);
      asked.end();
    });
  }

  /** Server Name is for the addresses in Hosts; the API may be elsewhere, behind a certificate of its own. */
  private tls(hostname: string) {
    const { tls, hosts } = this.settings;
    if (!tls) return {};
    const isBroker = hosts.some(({ host }) => host === hostname.replace(/^\[|\]$/g, ''));
    return tlsOptions(isBroker ? tls : { ...tls, serverName: '' });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
