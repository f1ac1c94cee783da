import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'node:tls';

import type { Issued } from './authority';

/** TLS before a server that speaks none, with any certificate. */
export interface TlsFront {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startTlsFront(
  targetPort: number,
  { cert, key }: Pick<Issued, 'cert' | 'key'>,
): Promise<TlsFront> {
  const open = new Set<Socket>();
  const server = createServer({ cert, key }, (outer) => {
    const inner = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      open.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  // A client that does not trust the certificate ends the handshake.
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      open.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}
