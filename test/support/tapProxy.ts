import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A part of a stream that is passed on whole or not at all. */
export interface Piece {
  readonly bytes: Buffer;
  /** What it is, when it matters. */
  readonly name?: string | undefined;
}

/** Cuts what came into pieces; keeps what is not all there yet. */
export type Split = (chunk: Buffer) => readonly Piece[];

export interface TapProxy {
  readonly port: number;
  stop(): void;
}

/**
 * A TCP proxy on 127.0.0.1 that understands what passes through it, and asks about each piece. What is not let pass is gone: a
 * connection that is still open afterwards only looks alive.
 *
 * @param split for each connection anew
 */
export async function startTapProxy(
  target: number,
  split: () => { up: Split; down: Split },
  mayPass: (name: string | undefined) => boolean,
): Promise<TapProxy> {
  const sockets = new Set<Socket>();
  const join = (from: Socket, to: Socket, cut: Split) => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => {
      for (const { bytes, name } of cut(chunk)) if (mayPass(name)) to.write(bytes);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const { up, down } = split();
    join(client, upstream, up);
    join(upstream, client, down);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    },
  };
}
