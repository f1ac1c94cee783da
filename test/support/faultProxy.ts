import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './freePort';

export interface FaultProxy {
  readonly host: string;
  readonly port: number;
  /** The same URL through the proxy. */
  through(url: string): string;
  connections(): number;
  /** Destroys every connection; new ones are welcome. */
  cut(): void;
  /** Refuses new connections; those that exist stay, `cut` ends them. */
  close(): Promise<void>;
  /** Listens again, on the same port, and lets bytes of new connections pass. */
  open(): Promise<void>;
  /**
   * Swallows what either side sends, and either side's end, without closing anything: a network
   * that is gone. Connections that lived through it stay deaf until `cut`.
   */
  halfOpen(): void;
  stop(): Promise<void>;
}

interface Pair {
  client: Socket;
  target?: Socket;
  deaf: boolean;
}

/** A TCP proxy on 127.0.0.1 before `target`, whose faults a test commands. */
export async function startFaultProxy(target: {
  host?: string;
  port: number;
}): Promise<FaultProxy> {
  const host = '127.0.0.1';
  const port = await freePort();
  const pairs = new Set<Pair>();
  let deaf = false;
  let server: Server | undefined;

  const join = (pair: Pair, from: Socket, to: Socket) => {
    from.on('data', (bytes) => {
      if (pair.deaf || to.write(bytes)) return;
      from.pause();
      to.once('drain', () => from.resume());
    });
    from.on('end', () => pair.deaf || to.end());
    from.on('error', () => undefined);
    from.on('close', () => {
      if (pair.deaf) return;
      to.destroy();
      pairs.delete(pair);
    });
  };
  const accept = (client: Socket) => {
    const pair: Pair = { client, deaf };
    pairs.add(pair);
    client.setNoDelay(true);
    if (deaf) {
      client.on('error', () => undefined).resume();
      return;
    }
    const upstream = connect({
      host: target.host ?? host,
      port: target.port,
      noDelay: true,
      allowHalfOpen: true,
    });
    pair.target = upstream;
    join(pair, client, upstream);
    join(pair, upstream, client);
  };
  const open = async () => {
    deaf = false;
    if (server) return;
    const listening = createServer({ allowHalfOpen: true }, accept);
    await new Promise<void>((resolve, reject) => {
      listening.once('error', reject);
      listening.listen(port, host, resolve);
    });
    server = listening;
  };
  const cut = () => {
    for (const { client, target: upstream } of pairs) {
      client.destroy();
      upstream?.destroy();
    }
    pairs.clear();
  };
  const close = async () => {
    // Without waiting for its callback: that comes only when the last connection has ended.
    server?.close();
    server = undefined;
  };
  await open();

  return {
    host,
    port,
    through(url) {
      const through = new URL(url);
      through.host = `${host}:${port}`;
      return through.href;
    },
    connections: () => pairs.size,
    cut,
    close,
    open,
    halfOpen() {
      deaf = true;
      for (const pair of pairs) pair.deaf = true;
    },
    async stop() {
      await close();
      cut();
    },
  };
}
