import {
  HandClock,
  startProvider,
  type Provider,
  type ProviderOptions,
} from '../../support/provider';
import { user } from './asking';

const PIECES = 'One sentence that is long enough to come in several pieces, as answers do.';

/** Long answers piece by piece, and how they can break. */
describe('slow streams of the stand-in provider', () => {
  let clock: HandClock;
  let provider: Provider;
  const start = async (options: Partial<ProviderOptions>) => {
    clock = new HandClock();
    const slow = { latencyMs: 1000, tokensPerSecond: 10 };
    provider = await startProvider({ clock, answer: () => PIECES, ...slow, ...options });
  };
  afterEach(() => provider.stop());

  /** Opens a stream and brings the clock to its first piece. */
  const open = async (path = '/chat/completions', signal?: AbortSignal) => {
    const form = path === '/responses' ? { input: 'a' } : user('a');
    const body = JSON.stringify({ model: 'm', stream: true, ...form });
    const opening = fetch(provider.url + path, { method: 'POST', body, signal });
    const before = provider.calls.length;
    await provider.waitFor((calls) => calls[before]?.admittedAt !== undefined);
    clock.advance(1000);
    const reader = (await opening).body?.getReader();
    if (!reader) throw new Error('no stream');
    const next = async () => {
      const { done, value } = await reader.read();
      return done ? undefined : Buffer.from(value as Uint8Array).toString();
    };
    return { next };
  };
  /** Reads to the end; the clock goes on by so much before each piece. */
  const rest = async (next: () => Promise<string | undefined>, stepMs: number) => {
    let text = '';
    for (;;) {
      clock.advance(stepMs);
      const piece = await next();
      if (piece === undefined) return text;
      text += piece;
    }
  };

  test('come a piece at a time, and count as used when the last has come', async () => {
    await start({ tokensPerMinute: 1000, countAt: 'answer' });
    const { next } = await open();
    expect(await next()).toContain('"role":"assistant"');
    expect(provider.calls[0]?.endedAt).toBeUndefined();
    expect(await rest(next, 1000)).toContain('data: [DONE]');
    expect(provider.calls[0]).toMatchObject({ status: 200, outputTokens: 19 });
  });

  test.each(['/chat/completions', '/responses'])('break in their middle on %s', async (path) => {
    await start({ faults: [{ kind: 'drop', at: 'answer' }] });
    const { next } = await open(path);
    expect(await next()).toContain('data: {');
    await expect(rest(next, 1000)).rejects.toThrow();
    // Charged in full, as the work was done.
    expect(provider.calls[0]).toMatchObject({ status: 'dropped', outputTokens: 19 });
    expect(clock.now() - (provider.calls[0]?.at ?? 0)).toBeGreaterThan(1000);
  });

  test('end when their client leaves between two pieces, and free their slot', async () => {
    await start({ concurrentLimit: 1 });
    const leaving = new AbortController();
    const { next } = await open('/chat/completions', leaving.signal);
    await next();
    leaving.abort();
    await provider.waitFor(([call]) => call?.status === 'aborted');
    const again = await open();
    expect(await rest(again.next, 1000)).toContain('[DONE]');
  });

  test.each([
    ['end', 429],
    ['start', 200],
  ] as const)('that broke leave the window by their %s', async (countAt, expected) => {
    await start({
      requestsPerMinute: 1,
      countAt,
      faults: [{ kind: 'drop', at: 'answer', calls: [1] }],
    });
    const { next } = await open();
    await expect(rest(next, 20_000)).rejects.toThrow();
    provider.configure({ latencyMs: 0, tokensPerSecond: undefined });
    const body = JSON.stringify({ model: 'm', ...user('b') });
    const after = await fetch(`${provider.url}/chat/completions`, { method: 'POST', body });
    expect(after.status).toBe(expected);
  });
});
