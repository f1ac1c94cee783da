import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';

/** A request that is signed already. */
export interface SignedRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly content?: Buffer | undefined;
  /** Whether a body is to be read; otherwise its connection is given up. Absent: it is. */
  readonly wanted?: ((headers: IncomingHttpHeaders) => boolean) | undefined;
}

export interface Line {
  readonly agent: http.Agent;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Empty when it was not wanted. */
  readonly body: Buffer;
}

/** The whole answer did not come in time. */
export class LateAnswer extends Error {
  override readonly name = 'LateAnswer';
}

/** An answer that says no is short; what is longer is none. */
const MOST_BYTES_OF_A_FAULT = 64 * 1024;

/**
 * One request and its answer. The wait for a connection of the pool counts in neither limit.
 *
 * @throws LateAnswer, or what Node says of sockets, TLS and HTTP
 */
export async function exchange(signed: SignedRequest, line: Line): Promise<Answer> {
  const { method, url, headers, content, wanted } = signed;
  const isTls = url.protocol === 'https:';
  let timer: NodeJS.Timeout | undefined;
  let late: Error | undefined;
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (isTls ? https : http).request(url, { method, headers, agent: line.agent });
      const within = (ms: number, fault: () => Error) => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          late = fault();
          request.destroy(late);
        }, ms);
      };
      const answering = () => within(line.answerTimeoutMs, () => new LateAnswer('no answer'));
      request.on('socket', (socket: Socket) => {
        if (!socket.connecting) return answering();
        within(line.connectTimeoutMs, notConnected);
        socket.once(isTls ? 'secureConnect' : 'connect', answering);
      });
      request.on('response', resolve);
      request.on('error', reject);
      request.end(content);
    });
    const { statusCode: status = 0 } = response;
    const reads = status >= 300 || (wanted?.(response.headers) ?? true);
    const most = status >= 300 ? MOST_BYTES_OF_A_FAULT : Infinity;
    // What is neither read nor destroyed would keep its connection from others, for good.
    if (!reads) response.destroy();
    const body = reads ? await bodyOf(response, most) : Buffer.alloc(0);
    return { status, headers: response.headers, body };
  } catch (error) {
    // Node tells of an answer that is broken off as a reset, whoever did it.
    throw late ?? error;
  } finally {
    clearTimeout(timer);
  }
}

const notConnected = () =>
  Object.assign(new Error('connect ETIMEDOUT: no connection in time'), { code: 'ETIMEDOUT' });

/** A loop that ends early destroys the response, and its connection with it. */
async function bodyOf(response: IncomingMessage, most: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length > most) break;
  }
  return Buffer.concat(parts);
}
