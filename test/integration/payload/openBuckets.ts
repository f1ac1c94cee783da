import { s3Schema } from '../../../src/contract/payloadStores';
import { S3Payloads } from '../../../src/payload/s3';
import { Bucket } from '../../../src/payload/s3Bucket';
import type { Swift } from '../../support/swift';

const opened: Bucket[] = [];
const stops: (() => unknown)[] = [];

/** The bucket of this server; `more` stands over its settings. */
export function openBucket({ credential, bucket }: Swift, more: object = {}): S3Payloads {
  const { forcePathStyle: pathStyle, endpoint, region, accessKeyId, secretAccessKey } = credential;
  const login = { region, accessKeyId, secretAccessKey };
  const made = new Bucket(s3Schema.parse({ endpoint, ...login, pathStyle, bucket, ...more }));
  opened.push(made);
  return new S3Payloads(made);
}

export function closeBuckets(): void {
  opened.splice(0).forEach((one) => one.close());
}

/** A server beside that of the bucket, until the test has ended, however it ends. */
export async function during<T extends { stop(): unknown }>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  stops.push(() => started.stop());
  return started;
}

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** What an act threw. */
export function faultOf(act: Promise<unknown>): Promise<Fault | undefined> {
  return act.then(
    () => undefined,
    (error: unknown) => error as Fault,
  );
}
