import {
  HandClock,
  startProvider,
  type Provider,
  type ProviderOptions,
} from '../../support/provider';
import { ask, user } from './asking';

const statuses = (provider: Provider) => provider.calls.map(({ status }) => status);

describe('the limits of the stand-in provider', () => {
  let clock: HandClock;
  let provider: Provider;
  const start = async (options: Partial<ProviderOptions>) => {
    clock = new HandClock();
    provider = await startProvider({ clock, ...options });
  };
  afterEach(() => provider.stop());

  test('grants no more requests than the limit in any sliding minute', async () => {
    await start({ requestsPerMinute: 2 });
    await ask(provider, user('a'));
    clock.advance(40_000);
    await ask(provider, user('b'));
    expect((await ask(provider, user('c'))).status).toBe(429);
    clock.advance(20_000);
    expect((await ask(provider, user('c'))).status).toBe(200);
    expect((await ask(provider, user('d'))).status).toBe(429);
  });

  test('says when there is room again, in seconds, in milliseconds and in words', async () => {
    await start({ requestsPerMinute: 1 });
    await ask(provider, user('a'));
    clock.advance(500);
    const refused = await ask(provider, user('b'));
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(refused.headers.get('retry-after-ms')).toBe('59500');
    expect(refused.json()).toMatchObject({
      error: {
        type: 'requests',
        code: 'rate_limit_exceeded',
        message: expect.stringContaining('Please try again in 59.500s') as string,
      },
    });
    expect(provider.calls[1]).toMatchObject({ refusedBy: 'requests', retryAfterMs: 59_500 });
  });

  test('tells with every answer what is left of requests and tokens', async () => {
    await start({ requestsPerMinute: 10, tokensPerMinute: 1000 });
    const answer = await ask(provider, user('x'.repeat(400)));
    const used = (provider.calls[0]?.inputTokens ?? 0) + (provider.calls[0]?.outputTokens ?? 0);
    expect(answer.headers.get('x-ratelimit-limit-requests')).toBe('10');
    expect(answer.headers.get('x-ratelimit-remaining-requests')).toBe('9');
    expect(answer.headers.get('x-ratelimit-remaining-tokens')).toBe(String(1000 - used));
    expect(answer.headers.get('x-ratelimit-reset-tokens')).toBe('1m0s');
  });

  test('counts tokens, and has no waiting time for what can never fit', async () => {
    await start({ tokensPerMinute: 100, usage: () => ({ input: 50, output: 10 }) });
    await ask(provider, user('a'));
    const wait = await ask(provider, user('b'));
    expect(wait.headers.get('retry-after')).toBe('60');
    expect(wait.json()).toMatchObject({ error: { type: 'tokens' } });
    provider.configure({ usage: () => ({ input: 101, output: 0 }) });
    const never = await ask(provider, user('c'));
    expect(never.status).toBe(429);
    expect(never.headers.get('retry-after')).toBeNull();
  });

  test.each([
    ['end', 429],
    ['start', 200],
  ] as const)('a slow call counts from its %s', async (countAt, expected) => {
    await start({ requestsPerMinute: 1, countAt, latencyMs: 50_000 });
    const slow = ask(provider, user('slow'));
    await provider.waitFor(([call]) => call?.admittedAt !== undefined);
    clock.advance(50_000);
    await slow;
    clock.advance(15_000);
    provider.configure({ latencyMs: 0 });
    expect((await ask(provider, user('next'))).status).toBe(expected);
  });

  test('runs no more calls at once than allowed', async () => {
    await start({ concurrentLimit: 1, latencyMs: 1000 });
    const first = ask(provider, user('a'));
    await provider.waitFor(([call]) => call?.admittedAt !== undefined);
    expect((await ask(provider, user('b'))).status).toBe(429);
    expect(provider.calls[1]).toMatchObject({ refusedBy: 'concurrency' });
    clock.advance(1000);
    await first;
    provider.configure({ latencyMs: 0 });
    expect((await ask(provider, user('c'))).status).toBe(200);
  });

  test('a call whose client went away frees its slot', async () => {
    await start({ concurrentLimit: 1, latencyMs: 1000 });
    const leaving = new AbortController();
    const path = '/chat/completions';
    const left = ask(provider, user('a'), path, { signal: leaving.signal }).catch(() => 'left');
    await provider.waitFor(([call]) => call?.admittedAt !== undefined);
    leaving.abort();
    expect(await left).toBe('left');
    await provider.waitFor((calls) => calls[0]?.status === 'aborted');
    provider.configure({ latencyMs: 0 });
    expect((await ask(provider, user('b'))).status).toBe(200);
  });

  test('has no quota left after the calls that are paid for', async () => {
    await start({ paidCalls: 1 });
    await ask(provider, user('a'));
    const refused = await ask(provider, user('b'));
    expect(refused.json()).toMatchObject({ error: { code: 'insufficient_quota' } });
    expect(statuses(provider)).toEqual([200, 429]);
  });

  test('takes as long as its latency and speed say', async () => {
    await start({ latencyMs: 200, tokensPerSecond: 10, usage: () => ({ input: 1, output: 5 }) });
    const slow = ask(provider, user('a'));
    await provider.waitFor(([call]) => call?.admittedAt !== undefined);
    clock.advance(699);
    expect(statuses(provider)).toEqual([undefined]);
    clock.advance(1);
    expect((await slow).status).toBe(200);
  });
});
