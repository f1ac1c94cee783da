import {
  HandClock,
  startProvider,
  type Provider,
  type ProviderOptions,
} from '../../support/provider';
import { ask, user } from './asking';

const tokens = (input: number, output: number) => ({ usage: () => ({ input, output }) });

/** Ways of counting that a provider may have beside the sliding window, and rules that change while it runs. */
describe('the rules of the stand-in provider', () => {
  let clock: HandClock;
  let provider: Provider;
  const start = async (options: Partial<ProviderOptions>) => {
    clock = new HandClock();
    provider = await startProvider({ clock, ...options });
  };
  const statusOf = async (text: string) => (await ask(provider, user(text))).status;
  /** A call that is under way; it ends when the clock says so. */
  const slow = async (text: string) => {
    const before = provider.calls.length;
    const ended = ask(provider, user(text));
    await provider.waitFor((calls) => calls[before]?.admittedAt !== undefined);
    return { ended };
  };
  afterEach(() => provider.stop());

  test('counted when the answer ends, a call under way has used no tokens yet', async () => {
    const speed = { latencyMs: 10_000, ...tokens(50, 100) };
    await start({ tokensPerMinute: 100, countAt: 'answer', ...speed });
    const [first, second] = [await slow('a'), await slow('b')];
    clock.advance(10_000);
    await Promise.all([first.ended, second.ended]);
    const refused = await ask(provider, user('c'));
    expect(refused.json()).toMatchObject({
      error: { message: expect.stringContaining('Limit 100, Used 300') as string },
    });
    // Since they ended, not since they came.
    expect(refused.headers.get('retry-after')).toBe('60');
    clock.advance(59_999);
    expect(await statusOf('d')).toBe(429);
    clock.advance(1);
    provider.configure({ latencyMs: 0 });
    expect(await statusOf('d')).toBe(200);
  });

  test('counted when the answer ends, requests count from their arrival', async () => {
    await start({ requestsPerMinute: 1, countAt: 'answer', latencyMs: 50_000 });
    const { ended } = await slow('a');
    expect(await statusOf('b')).toBe(429);
    clock.advance(60_000);
    await ended;
    provider.configure({ latencyMs: 0 });
    expect(await statusOf('c')).toBe(200);
  });

  test('a bucket is filled evenly, and an empty one lets one through at a time', async () => {
    await start({ requestsPerMinute: 60, bucket: 0.05 });
    expect([await statusOf('a'), await statusOf('b'), await statusOf('c')]).toEqual([
      200, 200, 200,
    ]);
    const refused = await ask(provider, user('d'));
    expect(refused.headers.get('retry-after-ms')).toBe('1000');
    expect(refused.headers.get('x-ratelimit-limit-requests')).toBe('60');
    expect(refused.headers.get('x-ratelimit-reset-requests')).toBe('3s');
    clock.advance(1000);
    expect([await statusOf('d'), await statusOf('e')]).toEqual([200, 429]);
  });

  test('a bucket of tokens holds what it holds, and a larger call never fits', async () => {
    await start({ tokensPerMinute: 6000, bucket: 0.1, ...tokens(400, 100) });
    expect(await statusOf('a')).toBe(200);
    const refused = await ask(provider, user('b'));
    expect(refused.headers.get('retry-after-ms')).toBe('4000');
    expect(refused.headers.get('x-ratelimit-remaining-tokens')).toBe('100');
    provider.configure(tokens(400, 201));
    clock.advance(60_000);
    const never = await ask(provider, user('c'));
    expect([never.status, never.headers.get('retry-after')]).toEqual([429, null]);
  });

  test('a bucket that counts answers when they end may come to owe tokens', async () => {
    await start({ tokensPerMinute: 600, bucket: 1, countAt: 'answer', ...tokens(0, 900) });
    expect(await statusOf('a')).toBe(200);
    expect(await statusOf('b')).toBe(429);
    clock.advance(30_000);
    expect(await statusOf('b')).toBe(429);
    clock.advance(200);
    expect(await statusOf('b')).toBe(200);
  });

  test('a limit that is halved while it runs holds for what the window has already', async () => {
    await start({ requestsPerMinute: 4 });
    for (const text of ['a', 'b', 'c']) expect(await statusOf(text)).toBe(200);
    provider.configure({ requestsPerMinute: 2 });
    const refused = await ask(provider, user('d'));
    expect(refused.status).toBe(429);
    expect(refused.headers.get('x-ratelimit-limit-requests')).toBe('2');
    expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    clock.advance(60_000);
    expect([await statusOf('d'), await statusOf('e'), await statusOf('f')]).toEqual([
      200, 200, 429,
    ]);
    provider.configure({ requestsPerMinute: undefined });
    expect(await statusOf('f')).toBe(200);
  });

  test('a limit that is set while it runs knows the calls before it', async () => {
    await start({});
    expect(await statusOf('a')).toBe(200);
    provider.configure({ requestsPerMinute: 1 });
    expect(await statusOf('b')).toBe(429);
  });

  test('a bucket keeps what it was filled up with before its limit changed', async () => {
    await start({ requestsPerMinute: 60, bucket: 1 });
    await Promise.all(Array.from({ length: 60 }, (_, i) => statusOf(`call ${i}`)));
    clock.advance(10_000);
    provider.configure({ requestsPerMinute: 3 });
    // Ten were filled up at the old rate, where the new one gives half of one; it holds three.
    const ends = [];
    for (let i = 0; i < 4; i += 1) ends.push(await statusOf(`later ${i}`));
    expect(ends).toEqual([200, 200, 200, 429]);
    clock.advance(20_000);
    expect([await statusOf('a'), await statusOf('b')]).toEqual([200, 429]);
  });

  test('a limit on calls at once may come and go while it runs', async () => {
    await start({ latencyMs: 1000 });
    const { ended } = await slow('a');
    provider.configure({ concurrentLimit: 1, latencyMs: 0 });
    expect(await statusOf('b')).toBe(429);
    provider.configure({ concurrentLimit: 2 });
    expect(await statusOf('b')).toBe(200);
    clock.advance(1000);
    expect((await ended).status).toBe(200);
  });
});
