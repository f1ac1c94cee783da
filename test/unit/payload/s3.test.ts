import fc from 'fast-check';

import { s3Schema } from '../../../src/contract/payloadStores';
import { Bucket } from '../../../src/payload/s3Bucket';
import { faultOf, lostConnection, s3Cause, s3Refusal } from '../../../src/payload/s3Cause';
import { LateAnswer } from '../../../src/payload/s3Exchange';

const settings = s3Schema.parse({
  ...{ endpoint: 'https://s3.example', accessKeyId: 'AK', secretAccessKey: 'very secret' },
  bucket: 'docs',
});

describe('what S3 answers', () => {
  const answer = (status: number, text: string, headers = {}) => ({
    ...{ status, headers, body: Buffer.from(text) },
  });
  const xml = (code: string, more = '') =>
    `<?xml version="1.0"?>\n<Error><Code>${code}</Code>${more}</Error>`;
  const read = (status: number, text: string, headers = {}) => {
    const fault = faultOf(answer(status, text, headers), false);
    if (!fault) throw new Error('taken for a yes');
    return s3Refusal(fault, settings);
  };

  it.each([
    [404, 'NoSuchBucket', 'not_found'],
    [400, 'InvalidBucketName', 'not_found'],
    [403, 'InvalidAccessKeyId', 'login_refused'],
    [403, 'SignatureDoesNotMatch', 'login_refused'],
    [400, 'ExpiredToken', 'login_refused'],
    [403, 'AccessDenied', 'no_rights'],
    [403, 'RequestTimeTooSkewed', 'unsupported'],
    [301, 'PermanentRedirect', 'bad_option'],
    [307, 'TemporaryRedirect', 'bad_option'],
    [400, 'AuthorizationHeaderMalformed', 'bad_option'],
    [400, 'EntityTooLarge', 'too_large'],
    [400, 'OfTomorrow', 'bad_option'],
    [503, 'SlowDown', 'disconnected'],
    [500, 'InternalError', 'disconnected'],
    [400, 'RequestTimeout', 'disconnected'],
    [429, 'TooManyRequests', 'disconnected'],
  ])('reads %d %s as %s', (status, code, expected) => {
    const error = read(status, xml(code));
    expect(error.code).toBe(expected);
    expect(`${error.message} ${error.remedy}`).not.toContain('very secret');
    expect(error.remedy).toMatch(/\.$/);
  });

  it('names the region and the address that are right', () => {
    const at = '<Endpoint>docs.s3.eu-north-1.amazonaws.com</Endpoint>';
    const { message } = read(301, xml('PermanentRedirect', at), {
      'x-amz-bucket-region': 'eu-north-1',
    });
    expect(message).toContain('it is in eu-north-1, at docs.s3.eu-north-1.amazonaws.com');
  });

  it('does not take another server for S3, whatever it says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 499 }), fc.string(), (status, text) => {
        const { code } = read(status, text.replaceAll('<', ''));
        expect(code).toBe(status === 429 ? 'disconnected' : 'unsupported');
      }),
    );
  });

  it('sees a copy that failed after its status said that it succeeded', () => {
    expect(faultOf(answer(200, xml('InternalError')), true)).toMatchObject({
      code: 'InternalError',
    });
    expect(faultOf(answer(200, xml('InternalError')), false)).toBeUndefined();
    expect(faultOf(answer(200, '<CopyObjectResult/>'), true)).toBeUndefined();
  });

  it('asks again only when the connection was lost', () => {
    const thrown = (code: string) => Object.assign(new Error(code), { code });
    expect(lostConnection(thrown('ECONNRESET'))).toBe(true);
    expect(lostConnection(thrown('EPIPE'))).toBe(true);
    expect(lostConnection(thrown('ECONNREFUSED'))).toBe(false);
    expect(lostConnection(new LateAnswer('no answer'))).toBe(false);
    expect(s3Cause(new LateAnswer('no answer'), settings)).toMatchObject({ code: 'timeout' });
    expect(s3Cause(thrown('HPE_INVALID_CONSTANT'), settings)).toMatchObject({
      code: 'unsupported',
    });
  });
});

test('an object is copied from where it is', () => {
  const bucket = new Bucket({ ...settings, prefix: 'a/' });
  expect(bucket.sourceOf('1')).toBe('/docs/a/1');
  bucket.close();
});
