import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface LineServer {
  readonly port: number;
  /** Resolves when somebody is connected. */
  listener(): Promise<void>;
  say(line: string): void;
  stop(): void;
}

/** The port that the throw-away pack's trigger listens to. */
export async function startLineServer(): Promise<LineServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async listener() {
      if (sockets.size === 0) await once(server, 'connection');
    },
    say: (line) => sockets.forEach((socket) => socket.write(`${line}\n`)),
    stop() {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    },
  };
}
