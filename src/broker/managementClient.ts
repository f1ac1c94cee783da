import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { text as textOf } from 'node:stream/consumers';

import { z } from 'zod/v4';

import { InputError } from '../contract/errors';
import type { BrokerSettings } from '../contract/settings';
import { tlsOptions } from '../contract/tlsOptions';
import {
  managementCause,
  notManagement,
  SilentError,
  unexpectedAnswer,
  type HttpAnswer,
} from './managementCause';

/** Longest a whole answer may take, ms: a broker with many queues takes its time. */
const ANSWER_WAIT_MS = 20_000;

/** Erlang writes an empty object as an empty list, in some versions. */
export const objectSchema = z.preprocess(
  (given) => (Array.isArray(given) || given === null ? {} : given),
  z.record(z.string(), z.unknown()).default({}),
);

/**
 * HTTP with the management API: the login of the broker, whose user needs the tag `management`, and its TLS when the URL is https.
 *
 * @throws SwarmError with cause and remedy, from every method
 */
export class ManagementClient {
  readonly base: URL;

  /** @throws InputError when the settings name no URL */
  constructor(readonly settings: BrokerSettings) {
    if (settings.managementUrl === '') {
      throw new InputError(
        'Management URL',
        'is empty in the credential Agent Swarm RabbitMQ',
        'Fill it in, such as http://rabbit-1:15672.',
      );
    }
    this.base = new URL(`${settings.managementUrl}/`);
  }

  /** What is at `path`, such as `api/overview`. */
  async ask<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return this.read(await this.send('GET', path), schema);
  }

  /** As `ask`; undefined when it is not there. */
  async find<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const answer = await this.send('GET', path);
    return answer.status === 404 ? undefined : this.read(answer, schema);
  }

  async put(path: string, body: object): Promise<void> {
    const answer = await this.send('PUT', path, JSON.stringify(body));
    if (answer.status !== 201 && answer.status !== 204) {
      throw unexpectedAnswer(answer, this.settings);
    }
  }

  /** What is not there is no error. */
  async delete(path: string): Promise<void> {
    const answer = await this.send('DELETE', path);
    if (answer.status !== 204 && answer.status !== 404) {
      throw unexpectedAnswer(answer, this.settings);
    }
  }

  private read<T>(answer: HttpAnswer, schema: z.ZodType<T>): T {
    if (answer.status !== 200) throw unexpectedAnswer(answer, this.settings);
    const read = schema.safeParse(parsed(answer.text));
    if (!read.success) throw notManagement(this.settings, read.error);
    return read.data;
  }

  private async send(method: string, path: string, body?: string): Promise<HttpAnswer> {
    const { username, password, connectTimeoutMs } = this.settings;
    const url = new URL(path, this.base);
    const secure = url.protocol === 'https:';
    const options = {
      method,
      // One that keeps connections would hold them open between two looks.
      agent: false,
      auth: `${username}:${password}`,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      timeout: connectTimeoutMs,
      signal: AbortSignal.timeout(connectTimeoutMs + ANSWER_WAIT_MS),
      ...(secure && this.tls(url.hostname)),
    };
    return await new Promise<HttpAnswer>((resolve, reject) => {
      const asked = (secure ? overHttps : overHttp)(url, options, (response) => {
        const { statusCode: status = 0, headers } = response;
        textOf(response).then((text) => resolve({ status, headers, text }), reject);
      });
      asked.on('timeout', () => asked.destroy(new SilentError()));
      asked.on('error', reject);
      asked.end(body);
    }).catch((error: unknown) => {
      throw managementCause(error, this.settings);
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
