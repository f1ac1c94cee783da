import { join } from 'node:path';
import { startChild } from './childProcess';
import { freePort } from './freePort';
import { plainObject } from './plainObjects';
import { swiftLib } from './programs';
import { temporaryFolder } from './temporaryFolder';

/** Storage that speaks S3, in path style. */
export interface Swift {
  readonly port: number;
  /** The form of n8n's credential "S3". */
  readonly credential: {
    readonly endpoint: string;
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly forcePathStyle: true;
    readonly ignoreSSLIssues: false;
  };
  /** A bucket that is there. */
  readonly bucket: string;
  /** SIGKILL, then a start over the same data; with another secret when one is given. */
  killAndStart(secretAccessKey?: string): Promise<void>;
  stop(): Promise<void>;
}

/** Debian's own: its packages are not for another Python. */
const PYTHON = '/usr/bin/python3';
const SERVERS = join(__dirname, 'swiftServers.py');

/** An OpenStack Swift of its own on 127.0.0.1. */
export async function startSwift(): Promise<Swift> {
  const lib = swiftLib();
  const folder = await temporaryFolder('swift');
  const port = await freePort();
  const [region, accessKeyId, bucket] = ['eu-central-1', 'swarm:tester', 'payloads'];
  const start = async (secretAccessKey: string) => {
    const started = await startChild({
      name: 'Swift',
      command: PYTHON,
      args: [SERVERS, folder.path, String(port), accessKeyId, secretAccessKey, region],
      env: { PATH: process.env.PATH, PYTHONPATH: lib, PYTHONDONTWRITEBYTECODE: '1' },
      cwd: folder.path,
    });
    await started.waitForLine(/^ready$/, 60_000).catch(async (cause: unknown) => {
      await started.killHard();
      throw cause;
    });
    const credential = {
      endpoint: `http://127.0.0.1:${port}`,
      ...{ region, accessKeyId, secretAccessKey },
      ...({ forcePathStyle: true, ignoreSSLIssues: false } as const),
    };
    return { started, credential };
  };
  try {
    let running = await start('not-a-secret');
    const swift = {
      port,
      get credential() {
        return running.credential;
      },
      bucket,
      async killAndStart(secretAccessKey = running.credential.secretAccessKey) {
        await running.started.killHard();
        running = await start(secretAccessKey);
      },
      async stop() {
        await running.started.stop(2_000);
        await folder.remove();
      },
    };
    const made = await plainObject(swift, 'PUT', '').catch(() => undefined);
    if (made?.status !== 200) {
      await running.started.stop(2_000);
      throw new Error(`Swift made no bucket: ${made?.text}`);
    }
    return swift;
  } catch (cause) {
    await folder.remove();
    throw cause;
  }
}
