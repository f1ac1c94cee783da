import { connect } from 'node:net';

import type { Endpoint } from './client';

/**
 * PING as a person would type it. A server that hangs up while something is unread resets the connection, and what it said may be lost on
 * the way: eight bytes are what RabbitMQ reads before it says who it is.
 */
const PING = 'PING\r\n\r\n';

/** What a server says to PING, its first bytes as text; empty when it hangs up without a word or is silent for so long, ms. */
export async function greetingOf({ host, port }: Endpoint, limitMs: number): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port, timeout: limitMs });
    const end = (said: string) => {
      resolve(said);
      socket.destroy();
    };
    socket.on('connect', () => socket.write(PING));
    socket.on('data', (bytes) => end(bytes.toString('latin1')));
    socket.on('close', () => end(''));
    socket.on('timeout', () => end(''));
    socket.on('error', () => end(''));
  });
}

/** How every answer of Redis begins. */
export const SPEAKS_REDIS = /^[-+:$*]/;
