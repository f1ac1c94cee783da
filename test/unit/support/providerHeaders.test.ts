import { HandClock, startProvider, type Provider } from '../../support/provider';
import type { ProviderOptions } from '../../support/provider';
import { duration } from '../../support/provider/headers';
import { ask, user } from './asking';

/** 2025-01-01, 250 ms past the full second. */
const NOW = Date.UTC(2025, 0, 1) + 250;

describe('the rate-limit headers of the stand-in provider', () => {
  let clock: HandClock;
  let provider: Provider;
  const start = async (options: Partial<ProviderOptions>) => {
    clock = new HandClock(NOW);
    provider = await startProvider({
      clock,
      usage: () => ({ input: 400, output: 200 }),
      ...options,
    });
  };
  const headersOf = async (pattern: RegExp) => {
    const { headers } = await ask(provider, user('a'));
    return Object.fromEntries([...headers].filter(([name]) => pattern.test(name)));
  };
  const LIMITS = { requestsPerMinute: 2, tokensPerMinute: 9000 };
  afterEach(() => provider.stop());

  test('in the style of OpenAI are durations', async () => {
    await start(LIMITS);
    expect(await headersOf(/ratelimit/)).toEqual({
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '1',
      'x-ratelimit-reset-requests': '1m0s',
      'x-ratelimit-limit-tokens': '9000',
      'x-ratelimit-remaining-tokens': '8400',
      'x-ratelimit-reset-tokens': '1m0s',
    });
  });

  test('in the style of Anthropic are times of day, and thousands of tokens', async () => {
    await start({ ...LIMITS, rateHeaders: 'anthropic' });
    expect(await headersOf(/ratelimit/)).toEqual({
      'anthropic-ratelimit-requests-limit': '2',
      'anthropic-ratelimit-requests-remaining': '1',
      'anthropic-ratelimit-requests-reset': '2025-01-01T00:01:01Z',
      'anthropic-ratelimit-tokens-limit': '9000',
      'anthropic-ratelimit-tokens-remaining': '8000',
      'anthropic-ratelimit-tokens-reset': '2025-01-01T00:01:01Z',
    });
  });

  test.each([
    ['openai', { 'retry-after': '60', 'retry-after-ms': '59500' }],
    ['anthropic', { 'retry-after': '60' }],
  ] as const)('say when to come back as %s does', async (rateHeaders, expected) => {
    await start({ requestsPerMinute: 1, rateHeaders });
    await headersOf(/./);
    clock.advance(500);
    expect(await headersOf(/^retry/)).toEqual(expected);
  });

  test('come with a refusal as well', async () => {
    await start({ requestsPerMinute: 1, rateHeaders: 'anthropic' });
    await headersOf(/./);
    expect(await headersOf(/requests-remaining/)).toEqual({
      'anthropic-ratelimit-requests-remaining': '0',
    });
  });

  test('can be left out, and Retry-After as well', async () => {
    await start({ requestsPerMinute: 1, rateHeaders: 'none', retryAfter: 'none' });
    await headersOf(/./);
    expect(await headersOf(/ratelimit|retry/)).toEqual({});
    expect(provider.calls[1]?.status).toBe(429);
  });

  test('name a limit from the moment it is changed', async () => {
    await start({ requestsPerMinute: 5 });
    provider.configure({ requestsPerMinute: 3 });
    expect(await headersOf(/limit-requests|remaining-requests/)).toEqual({
      'x-ratelimit-limit-requests': '3',
      'x-ratelimit-remaining-requests': '2',
    });
  });

  test.each([
    [0, '0ms'],
    [119.2, '120ms'],
    [999.5, '1s'],
    [7660, '7.66s'],
    [59_999.7, '1m0s'],
    [360_000, '6m0s'],
    [61_500, '1m1.5s'],
  ])('a duration of %d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
