import {
  isSwarmError,
  messageOf,
  RefusedError,
  UnavailableError,
  type SwarmError,
} from '../contract/errors';
import type { S3Settings } from '../contract/payloadStores';
import { codeOf, socketFault, UNTRUSTED_BY_N8N } from '../contract/socketFault';
import { LateAnswer, type Answer } from './s3Exchange';

/** An answer that is a no. */
export interface S3Fault {
  readonly status: number;
  /** S3's own, such as NoSuchBucket. Absent: the answer is none of S3. */
  readonly code: string | undefined;
  readonly message: string;
  /** Where the bucket is, when S3 says so. */
  readonly region: string | undefined;
  readonly location: string | undefined;
}

/** @param late a copy may fail after its status said that it succeeded */
export function faultOf({ status, headers, body }: Answer, late: boolean): S3Fault | undefined {
  if (status < 300 && !late) return undefined;
  const text = body.toString();
  const inXml = (tag: string) => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text)?.[1];
  const code = /<Error[\s>]/.test(text) ? inXml('Code') : undefined;
  if (status < 300 && code === undefined) return undefined;
  const ofBucket = headers['x-amz-bucket-region'];
  return {
    status,
    code,
    message: inXml('Message') ?? '',
    region: typeof ofBucket === 'string' ? ofBucket : inXml('Region'),
    location: inXml('Endpoint') ?? headers.location,
  };
}

/** Whether a request may be made again at once: its connection ended. */
export function lostConnection(error: unknown): boolean {
  return codeOf(error) === 'ECONNRESET' || codeOf(error) === 'EPIPE';
}

/** The one place that reads what was thrown while S3 was asked. What it does not know counts as something that may pass. */
export function s3Cause(error: unknown, settings: S3Settings): SwarmError {
  if (isSwarmError(error)) return error;
  const where = whereIs(settings);
  const cause = { cause: error };
  if (error instanceof LateAnswer) {
    return new UnavailableError('timeout', `S3 at ${where} did not answer in time.`, LATER, cause);
  }
  if (/^HPE_/.test(String(codeOf(error)))) return notS3(where, 'it does not speak HTTP', cause);
  const peer = {
    name: 'S3',
    where,
    tls: settings.endpoint.startsWith('https:'),
    hostField: settings.pathStyle ? 'S3 Endpoint' : 'S3 Endpoint, Bucket and Force Path Style',
    words: WORDS,
  } as const;
  return (
    socketFault(error, peer) ??
    new UnavailableError('disconnected', `S3 at ${where}: ${messageOf(error)}`, LATER, cause)
  );
}

/** The one place that reads S3's own errors. */
export function s3Refusal(fault: S3Fault, settings: S3Settings): SwarmError {
  const { status, code, message } = fault;
  const where = whereIs(settings);
  const said = [code ?? `status ${status}`, message].filter(Boolean).join(': ');
  if (status >= 500 || status === 429 || PASSING.test(code ?? '')) {
    return new UnavailableError(
      'disconnected',
      `S3 at ${where} is overloaded, or starting or stopping (${said}).`,
      LATER,
    );
  }
  if (code === undefined) {
    const to = fault.location === undefined ? '' : ` and the location ${fault.location}`;
    return notS3(where, `it answered with ${said}${to}, and no word of S3`);
  }
  return known(fault, said, settings);
}

/** What answers is something else. Not `conflict`, which would say that a payload is gone for good. */
export function notS3(where: string, why: string, options?: ErrorOptions): RefusedError {
  return new RefusedError(
    'unsupported',
    `What answers at ${where} is not S3: ${why}.`,
    'Check S3 Endpoint of the S3 credential: the address of the storage itself, not of its console, with http:// or https:// as it speaks.',
    options,
  );
}

/** Host and port that are asked. */
export function whereIs({ endpoint, pathStyle, bucket }: S3Settings): string {
  const { host } = new URL(endpoint);
  return pathStyle ? host : `${bucket}.${host}`;
}

const LATER = 'Try again when the server is well.';
const PASSING =
  /^(SlowDown|ServiceUnavailable|InternalError|RequestTimeout|Throttling\w*|TooManyRequests\w*|OperationAborted)$/;

const WORDS = {
  tlsOn: 'write https:// in S3 Endpoint',
  tlsOff: 'write http:// in S3 Endpoint',
  otherName: 'Connect by a name in the certificate, or switch Force Path Style on.',
  untrusted: UNTRUSTED_BY_N8N,
};

function known({ code, region, location }: S3Fault, said: string, settings: S3Settings) {
  const { bucket, prefix, accessKeyId } = settings;
  const where = `S3 at ${whereIs(settings)}`;
  const refused = (kind: RefusedError['code'], what: string, remedy: string) =>
    new RefusedError(kind, `${where} ${what}`, remedy);
  switch (code) {
    case 'NoSuchBucket':
    case 'InvalidBucketName':
      return refused(
        'not_found',
        `has no bucket "${bucket}".`,
        'Correct Bucket, or make the bucket: this pack makes none.',
      );
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'InvalidToken':
    case 'ExpiredToken':
      return refused(
        'login_refused',
        `refused the access key "${accessKeyId}" (${code}).`,
        'Check Access Key ID and Secret Access Key of the S3 credential, and that no proxy in between changes Host or path.',
      );
    case 'AccessDenied':
    case 'AllAccessDisabled':
    case 'AccountProblem':
      return refused(
        'no_rights',
        `lets the access key "${accessKeyId}" not do this in bucket "${bucket}" (${said}).`,
        `Allow s3:GetObject, s3:PutObject and s3:DeleteObject on ${bucket}/${prefix}*, and s3:ListBucket on ${bucket}: without it S3 tells of nothing that it is missing.`,
      );
    case 'RequestTimeTooSkewed':
    case 'RequestExpired':
      return refused(
        'unsupported',
        'has a clock that is more than 15 minutes from that of n8n.',
        'Set the clock of the machine right on which n8n runs.',
      );
    case 'AuthorizationHeaderMalformed':
    case 'PermanentRedirect':
    case 'TemporaryRedirect':
    case 'IllegalLocationConstraintException': {
      const right = region === undefined ? '' : `: it is in ${region}`;
      const at = location === undefined ? '' : `, at ${location}`;
      return refused(
        'bad_option',
        `says that bucket "${bucket}" is not in region "${settings.region}"${right}${at}.`,
        'Correct Region of the S3 credential, and S3 Endpoint where it names a region.',
      );
    }
    case 'EntityTooLarge':
      return refused('too_large', `takes no payload of this size (${said}).`, 'Raise its limit.');
    default:
      return refused('bad_option', `refused: ${said}.`, 'See what the storage says of this code.');
  }
}
