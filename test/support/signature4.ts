import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const keyed = (key: Buffer | string, text: string) =>
  createHmac('sha256', key).update(text).digest();

/**
 * Why a request is not signed by this key with Amazon's Signature Version 4, in the codes of S3; nothing when it is.
 * Source: "Signature calculations for the Authorization header", Amazon S3 API reference.
 */
export function signatureFault(
  request: IncomingMessage,
  body: string,
  key: { readonly accessKeyId: string; readonly secretAccessKey: string },
): string | undefined {
  const { authorization = '', 'x-amz-content-sha256': contentHash } = request.headers;
  const [, id, day, region, service, signed, signature] = FORM.exec(authorization) ?? [];
  if (id === undefined || !day || !region || !service || !signed) return 'AccessDenied';
  if (id !== key.accessKeyId) return 'InvalidAccessKeyId';
  if (contentHash !== sha256(body)) return 'XAmzContentSHA256Mismatch';

  const url = new URL(request.url ?? '/', 'http://store');
  const query = [...url.searchParams]
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .sort()
    .join('&');
  const headers = signed.split(';').map((name) => `${name}:${String(request.headers[name])}\n`);
  const canonical = [request.method, url.pathname, query, headers.join(''), signed, contentHash];
  const scope = `${day}/${region}/${service}/aws4_request`;
  const time = String(request.headers['x-amz-date']);
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical.join('\n'))].join('\n');
  const steps = [day, region, service, 'aws4_request'];
  const signingKey = steps.reduce<Buffer | string>(keyed, `AWS4${key.secretAccessKey}`);
  return keyed(signingKey, toSign).toString('hex') === signature
    ? undefined
    : 'SignatureDoesNotMatch';
}
