import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const keyed = (key: Buffer | string, text: string) =>
  createHmac('sha256', key).update(text).digest();

/** What of a request is signed; header names in small letters. */
interface Signed {
  readonly method: string | undefined;
  readonly url: URL;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Names of headers, sorted, with `;` between them. */
  readonly names: string;
  /** Day, region and service, with `/` between them. */
  readonly scope: string;
}

/** Source: "Signature calculations for the Authorization header", Amazon S3 API reference. */
function signatureOf({ method, url, headers, names, scope }: Signed, secret: string): string {
  const query = [...url.searchParams]
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .sort()
    .join('&');
  const lines = names.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const hash = String(headers['x-amz-content-sha256']);
  const canonical = [method, url.pathname, query, lines.join(''), names, hash];
  const full = `${scope}/aws4_request`;
  const time = String(headers['x-amz-date']);
  const toSign = ['AWS4-HMAC-SHA256', time, full, sha256(canonical.join('\n'))].join('\n');
  const signingKey = full.split('/').reduce<Buffer | string>(keyed, `AWS4${secret}`);
  return keyed(signingKey, toSign).toString('hex');
}

export interface S3Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Why a request is not signed by this key with Amazon's Signature Version 4, in the codes of S3; nothing when it is. */
export function signatureFault(
  request: IncomingMessage,
  body: string,
  key: S3Key,
): string | undefined {
  const { authorization = '', 'x-amz-content-sha256': contentHash } = request.headers;
  const [, id, day, region, service, names, signature] = FORM.exec(authorization) ?? [];
  if (id === undefined || !day || !region || !service || !names) return 'AccessDenied';
  if (id !== key.accessKeyId) return 'InvalidAccessKeyId';
  if (contentHash !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  const { method, headers } = request;
  const url = new URL(request.url ?? '/', 'http://store');
  const scope = `${day}/${region}/${service}`;
  return signatureOf({ method, url, headers, names, scope }, key.secretAccessKey) === signature
    ? undefined
    : 'SignatureDoesNotMatch';
}

/** All headers of a request, signed. */
export function signedHeaders(
  { method, url, region }: { method: string; url: URL; region: string },
  given: Readonly<Record<string, string>>,
  body: string,
  key: S3Key,
): Record<string, string> {
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const own = { host: url.host, 'x-amz-date': time, 'x-amz-content-sha256': sha256(body) };
  const headers = { ...given, ...own };
  const names = Object.keys(headers).sort().join(';');
  const scope = `${time.slice(0, 8)}/${region}/s3`;
  const signature = signatureOf({ method, url, headers, names, scope }, key.secretAccessKey);
  const credential = `Credential=${key.accessKeyId}/${scope}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}
