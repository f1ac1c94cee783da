import { signedHeaders } from './signature4';
import type { Swift } from './swift';

/** What an object has, and by which clock. */
export interface PlainObject {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** One request for a key of the bucket; none for the bucket itself. A client that knows nothing of the pack. */
export async function plainObject(
  { credential, bucket }: Pick<Swift, 'credential' | 'bucket'>,
  method: 'GET' | 'PUT' | 'DELETE',
  key: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Promise<PlainObject> {
  const { endpoint, region } = credential;
  const url = new URL(`${endpoint}/${bucket}${key && `/${key}`}`);
  const signed = signedHeaders({ method, url, region }, headers, body, credential);
  const answer = await fetch(url, {
    method,
    headers: signed,
    ...(method === 'PUT' && { body }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
