import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serverCommand } from './programs';
import { evaluate } from './rabbitMqConsole';

const run = promisify(execFile);

/** What it takes to speak with a running node: plain JSON, so that it travels by environment variable. */
export interface RabbitMqNode {
  readonly url: string;
  readonly port: number;
  /** Where `evaluate` asks it. */
  readonly consolePort: number;
  readonly bin: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs rabbitmqctl on the node (about 0.4 s) and returns what it printed. */
export async function rabbitMqCtl(node: RabbitMqNode, args: readonly string[]): Promise<string> {
  return await rabbitMqTool(node, 'rabbitmqctl', ['--quiet', ...args]);
}

export async function rabbitMqTool(
  node: RabbitMqNode,
  tool: 'rabbitmqctl' | 'rabbitmq-upgrade',
  args: readonly string[],
): Promise<string> {
  const { command, args: all } = serverCommand(join(node.bin, tool), args);
  const { stdout } = await run(command, all, { env: node.env });
  return stdout;
}

export const vhostUrl = (node: RabbitMqNode, vhost: string): string =>
  `${node.url}/${encodeURIComponent(vhost)}`;

/** Makes a vhost that guest may use, and returns its URL. */
export async function newVhost(
  node: RabbitMqNode,
  vhost: string = `test-${randomUUID()}`,
): Promise<string> {
  const all = '<<".*">>, <<".*">>, <<".*">>';
  await evaluate(
    node.consolePort,
    `ok = rabbit_vhost:add(<<"${vhost}">>, <<"guest">>), ` +
      `ok = rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"${vhost}">>, ${all}, <<"test">>)`,
  );
  return vhostUrl(node, vhost);
}

/** Deletes a vhost with all that is in it: the queues of hundreds of tests together slow a broker down to a halt. */
export async function deleteVhost(node: RabbitMqNode, url: string): Promise<void> {
  const vhost = decodeURIComponent(new URL(url).pathname.slice(1));
  await evaluate(node.consolePort, `rabbit_vhost:delete(<<"${vhost}">>, <<"test">>)`);
}
