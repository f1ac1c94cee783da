import { createHash } from 'node:crypto';
import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { setImmediate } from 'node:timers/promises';

import { sign } from 'aws4';

import { sha256 } from '../contract/identity';
import type { S3Settings } from '../contract/payloadStores';
import { SharedPool } from '../contract/sharedPool';
import { faultOf, lostConnection, s3Cause, s3Refusal, whereIs } from './s3Cause';
import { exchange, type Answer, type SignedRequest } from './s3Exchange';

/** Connections of one process to one bucket; more payloads at once wait for each other. */
const MOST_CONNECTIONS = 10;
/** Hashed in parts, so that a large payload does not stop the leases of others. */
const PART_BYTES = 8 * 1024 * 1024;

export interface Request extends Pick<SignedRequest, 'method' | 'content' | 'wanted'> {
  readonly headers?: Readonly<Record<string, string>>;
  /** Codes of S3 that are an answer, not a fault. `NoSuchKey` always is one. */
  readonly expected?: readonly string[];
}

/** What S3 said: its answer, or the code of a refusal that was expected. */
export type Reply =
  | { readonly kind: 'answer'; readonly headers: IncomingHttpHeaders; readonly body: Buffer }
  | { readonly kind: 'refused'; readonly code: string };

/** One bucket of storage that speaks S3, and pooled connections to it. They do not keep a process alive. */
export class Bucket {
  private readonly agent: http.Agent;
  /** Of all keys, with the prefix. */
  private readonly base: URL;

  constructor(readonly settings: S3Settings) {
    const { endpoint, pathStyle, bucket, prefix, tls } = settings;
    this.base = new URL(endpoint);
    const folder = this.base.pathname.replace(/\/+$/, '');
    this.base.host = whereIs(settings);
    this.base.pathname = `${folder}${pathStyle ? `/${bucket}` : ''}/${prefix}`;
    const options = { keepAlive: true, maxSockets: MOST_CONNECTIONS };
    this.agent =
      this.base.protocol === 'https:'
        ? new https.Agent({ ...options, rejectUnauthorized: tls === 'verify' })
        : new http.Agent(options);
  }

  /** As `x-amz-copy-source` names it. */
  sourceOf(id: string): string {
    const { bucket, prefix } = this.settings;
    return `/${bucket}/${prefix}${id}`;
  }

  /** Asks for the object of this id. Everything asked here bears being asked twice. @throws SwarmError with cause and remedy */
  async ask(id: string, { headers = {}, expected = [], ...request }: Request): Promise<Reply> {
    const url = new URL(this.base);
    url.pathname += id;
    const hash = await hashOf(request.content);
    const answer = await this.exchanged(() => ({
      ...request,
      url,
      headers: this.signed(request, url, { ...headers, 'X-Amz-Content-Sha256': hash }),
    }));
    const fault = faultOf(answer, 'x-amz-copy-source' in headers);
    if (!fault) return { kind: 'answer', headers: answer.headers, body: answer.body };
    const { code = '' } = fault;
    if (code === 'NoSuchKey' || expected.includes(code)) return { kind: 'refused', code };
    throw s3Refusal(fault, this.settings);
  }

  close(): void {
    this.agent.destroy();
  }

  /** Again once when the connection was lost, which may have lain idle for too long, or when S3 says that it stumbled. */
  private async exchanged(signed: () => SignedRequest): Promise<Answer> {
    const { agent, settings } = this;
    const { connectTimeoutMs, answerTimeoutMs } = settings;
    const once = () => exchange(signed(), { agent, connectTimeoutMs, answerTimeoutMs });
    try {
      const answer = await once().catch((error: unknown) => {
        if (!lostConnection(error)) throw error;
      });
      return answer && answer.status !== 500 ? answer : await once();
    } catch (error) {
      throw s3Cause(error, settings);
    }
  }

  /** With the time of now: a signature lasts for 15 minutes. */
  private signed(
    { method, content }: Request,
    { host, pathname }: URL,
    headers: Readonly<Record<string, string>>,
  ): Record<string, string> {
    const { region, accessKeyId, secretAccessKey } = this.settings;
    const request = sign(
      { service: 's3', region, method, host, path: pathname, headers: { ...headers } },
      { accessKeyId, secretAccessKey },
    );
    // Every PUT needs one; without a body Node gives none.
    const length = method === 'PUT' && { 'Content-Length': String(content?.length ?? 0) };
    return { ...(request.headers as Record<string, string>), ...length };
  }
}

async function hashOf(content: Buffer | undefined): Promise<string> {
  const hash = createHash('sha256');
  if (!content) return hash.digest('hex');
  for (let at = 0; at < content.length; at += PART_BYTES) {
    if (at > 0) await setImmediate();
    hash.update(content.subarray(at, at + PART_BYTES));
  }
  return hash.digest('hex');
}

const buckets = new SharedPool<S3Settings, Bucket>({
  name: (settings) => sha256(JSON.stringify(settings)),
  open: (settings) => Promise.resolve(new Bucket(settings)),
  close: async (bucket) => bucket.close(),
});

/** Runs `use` with this process's connections of these settings; they are closed a while after their last user. */
export async function withBucket<T>(
  settings: S3Settings,
  use: (bucket: Bucket) => Promise<T>,
): Promise<T> {
  return await buckets.use(settings, use);
}

/** Closes the connections that nobody uses right now. */
export async function closeIdleBuckets(): Promise<void> {
  await buckets.closeIdle();
}
