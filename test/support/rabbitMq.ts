import { join } from 'node:path';
import { connect } from 'amqplib';
import { startChild, type Child } from './childProcess';
import { serverCommand } from './programs';
import { evaluate } from './rabbitMqConsole';
import { newRabbitMqHome, type RabbitMqOptions } from './rabbitMqHome';
import { newVhost, rabbitMqCtl, rabbitMqTool, type RabbitMqNode } from './rabbitMqNode';

export interface RabbitMq {
  readonly node: RabbitMqNode;
  /** amqp://guest:guest@127.0.0.1:port, without a vhost: the default one. */
  readonly url: string;
  readonly port: number;
  readonly managementUrl?: string;
  readonly version: string;
  newVhost(name?: string): Promise<string>;
  ctl(...args: string[]): Promise<string>;
  /** Stops and starts again on the same data and port. */
  restart(): Promise<void>;
  /** A crash: SIGKILL, data kept. `start` brings it back. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Its connections stay open, and nothing answers on them; `thaw` goes on. */
  freeze(): void;
  thaw(): void;
  /** Maintenance, as before an upgrade: leads no queue any more, closes its connections and takes no new ones. */
  drain(): Promise<void>;
  /** The end of maintenance. */
  revive(): Promise<void>;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 60_000;

async function versionOf(url: string): Promise<string> {
  const connection = await connect(url, { timeout: 2000 });
  const { version } = connection.connection.serverProperties;
  await connection.close();
  return version;
}

async function startEpmd(env: RabbitMqNode['env']): Promise<Child> {
  const args = ['-port', env.ERL_EPMD_PORT ?? '', '-address', '127.0.0.1'];
  return await startChild({ name: 'epmd', ...serverCommand('epmd', args), env });
}

/** A RabbitMQ node of its own: own name, ports, epmd, cookie, data and configuration, on 127.0.0.1 only. */
export async function startRabbitMq(options: RabbitMqOptions = {}): Promise<RabbitMq> {
  const { node, managementPort, remove } = await newRabbitMqHome(options);
  const { url, port, env } = node;
  const epmd = options.join ? undefined : await startEpmd(env);

  let version = '';
  let server: Child | undefined;
  const start = async () => {
    const program = serverCommand(join(node.bin, 'rabbitmq-server'));
    server = await startChild({ name: 'RabbitMQ', ...program, env });
    const ready = async () => {
      version = await versionOf(url);
      // The console is the last to come: AMQP listens a moment before its plugins do.
      return (await evaluate(node.consolePort, 'up')) === 'up';
    };
    await server.waitUntil(ready, START_LIMIT_MS, 'ready');
  };
  const stop = async () => {
    await server?.stop();
    await epmd?.stop();
    await remove();
  };
  await start().catch(async (cause: unknown) => {
    await stop();
    throw cause;
  });

  return {
    node,
    url,
    port,
    managementUrl: managementPort ? `http://127.0.0.1:${managementPort}` : undefined,
    version,
    newVhost: (name) => newVhost(node, name),
    ctl: (...args) => rabbitMqCtl(node, args),
    async restart() {
      await server?.stop();
      await start();
    },
    async kill() {
      await server?.killHard();
    },
    start,
    freeze: () => server && process.kill(server.pid, 'SIGSTOP'),
    async drain() {
      await rabbitMqTool(node, 'rabbitmq-upgrade', ['drain']);
    },
    async revive() {
      await rabbitMqTool(node, 'rabbitmq-upgrade', ['revive']);
    },
    thaw: () => server && process.kill(server.pid, 'SIGCONT'),
    stop,
  };
}
