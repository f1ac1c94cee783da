import { createServer } from 'node:net';

// Below the range the kernel takes outgoing ports from, so that no client connection of a
// neighbour can sit on the port between our looking and the server's listening.
const FIRST = 20_000;
const COUNT = 12_000;

const handedOut = new Set<number>();

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      probe.close(() => resolve(true)),
    );
  });

/** A port on 127.0.0.1 that nobody listens on and that this process has not given away before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (handedOut.has(port)) continue;
    if (await isFree(port)) {
      handedOut.add(port);
      return port;
    }
  }
  throw new Error(`No free port found between ${FIRST} and ${FIRST + COUNT}`);
}
