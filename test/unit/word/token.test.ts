import fc from 'fast-check';

import { readToken, TEST_TOKEN, writeToken } from '../../../src/word/token';

test('what is written is read, whatever the key and scope hold', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      fc.maxSafeNat(),
      fc.stringMatching(/^[0-9a-f]{64}$/),
      (scope, key, fence, fingerprint) => {
        const token = readToken(writeToken(scope, { key, fence }, fingerprint));
        expect(token).toEqual({
          test: false,
          scope,
          key,
          fence,
          fingerprint: fingerprint.slice(0, 16),
        });
      },
    ),
  );
});

test('a test by hand has a token of its own', () => {
  expect(readToken(TEST_TOKEN)).toEqual({ test: true });
});

test.each([undefined, 7, '', 'hello', Buffer.from('[2,"s","k",1,"f"]').toString('base64url')])(
  '%p is no delivery, and the error says what to use',
  (text) => {
    expect(() => readToken(text)).toThrow(/Delivery/);
  },
);
