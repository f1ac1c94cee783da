import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);

const docker = async (...args: string[]) =>
  (await run('docker', args, { env: process.env })).stdout.trim();

export interface Container {
  /** On 127.0.0.1. */
  port: number;
  log(): Promise<string>;
  remove(): Promise<void>;
}

/**
 * A container of our own name on a port that Docker chooses, reachable from this machine only.
 * `--rm`: it is gone with its data even when nobody removes it.
 */
export async function startContainer(image: string, port: number): Promise<Container> {
  const name = `agent-swarm-demo-${randomUUID()}`;
  await docker('run', '--detach', '--rm', '--name', name, '--publish', `127.0.0.1::${port}`, image);
  const remove = async () => {
    await docker('rm', '--force', '--volumes', name);
  };
  try {
    const bound = await docker('port', name, `${port}/tcp`);
    const chosen = Number(/:(\d+)$/m.exec(bound)?.[1]);
    if (!chosen) throw new Error(`Docker names no port of ${image}: ${bound}`);
    return { port: chosen, log: () => docker('logs', '--tail', '50', name), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
