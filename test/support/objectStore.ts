import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listenOnLoopback, readBody } from './loopback';
import { signatureFault } from './signature4';

export interface StoredObject {
  readonly text: string;
  readonly type: string;
}

/** A stand-in for storage that speaks S3: path style, one region, small texts; it lists, gives and takes objects. */
export interface ObjectStore {
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** By `bucket/key`. */
  readonly objects: Map<string, StoredObject>;
  stop(): Promise<void>;
}

const REGION = 'eu-central-1';
const digest = (text: string) => createHash('md5').update(text);
const etag = (text: string) => `"${digest(text).digest('hex')}"`;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers?: Record<string, string>;
}

const fault = (status: number, code: string): Answer => ({
  status,
  text: `<Error><Code>${code}</Code></Error>`,
});

export async function startObjectStore(): Promise<ObjectStore> {
  const key = { accessKeyId: 'swarm', secretAccessKey: 'not a secret' };
  const objects = new Map<string, StoredObject>();

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const body = await readBody(request);
    const refused = signatureFault(request, body, key);
    if (refused !== undefined) return fault(403, refused);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://store');
    const path = decodeURIComponent(pathname.slice(1));
    if (searchParams.has('location')) return { status: 200, text: location() };
    if (request.method === 'GET' && !path.includes('/')) return list(objects, path, searchParams);
    if (request.method === 'GET') return give(objects, path);
    if (request.method === 'PUT') return take(objects, path, body, request);
    return fault(405, 'MethodNotAllowed');
  };
  const server = await listenOnLoopback(async (request, response) => {
    send(response, await answer(request));
  });
  return { url: server.url, ...key, objects, stop: () => server.stop() };
}

const location = () =>
  `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${REGION}</LocationConstraint>`;

/** What lies right below a folder. */
function list(
  objects: ReadonlyMap<string, StoredObject>,
  bucket: string,
  query: URLSearchParams,
): Answer {
  const folder = `${bucket}/${query.get('prefix') ?? ''}`;
  const contents = [...objects]
    .filter(([path]) => path.startsWith(folder) && !path.slice(folder.length).includes('/'))
    .map(
      ([path, { text }]) =>
        `<Contents><Key>${path.slice(bucket.length + 1)}</Key><Size>${text.length}</Size><ETag>${etag(text)}</ETag></Contents>`,
    );
  const text = `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
  return { status: 200, text };
}

function give(objects: ReadonlyMap<string, StoredObject>, path: string): Answer {
  const found = objects.get(path);
  if (!found) return fault(404, 'NoSuchKey');
  return { status: 200, text: found.text, headers: { 'content-type': found.type } };
}

function take(
  objects: Map<string, StoredObject>,
  path: string,
  text: string,
  { headers }: IncomingMessage,
): Answer {
  if (headers['content-md5'] !== digest(text).digest('base64')) return fault(400, 'BadDigest');
  objects.set(path, { text, type: headers['content-type'] ?? 'binary/octet-stream' });
  return { status: 200, text: '', headers: { etag: etag(text) } };
}

function send(response: ServerResponse, { status, text, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers });
  response.end(text);
}
