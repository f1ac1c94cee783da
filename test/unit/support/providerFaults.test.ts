import { startProvider, type Fault, type Provider } from '../../support/provider';
import { ask, user } from './asking';

const outcome = (provider: Provider, text: string) =>
  ask(provider, user(text)).then(
    ({ status }) => status,
    () => 'broken' as const,
  );

describe('the faults of the stand-in provider', () => {
  let provider: Provider;
  const start = async (faults: Fault[], seed = 1) =>
    (provider = await startProvider({ faults, seed }));
  afterEach(() => provider.stop());

  test('hit the call they are aimed at by its number', async () => {
    await start([{ kind: 'status', status: 500, calls: [2] }]);
    expect(await outcome(provider, 'a')).toBe(200);
    expect(await outcome(provider, 'b')).toBe(500);
    expect(await outcome(provider, 'b')).toBe(200);
  });

  test('hit the task they are aimed at, as often as said', async () => {
    await start([{ kind: 'status', status: 503, tasks: ['t-2'], times: 2 }]);
    expect(await outcome(provider, 'task_id: t-1')).toBe(200);
    const ends = [];
    for (let i = 0; i < 3; i += 1) ends.push(await outcome(provider, 'task_id: t-2'));
    expect(ends).toEqual([503, 503, 200]);
  });

  test('hit the same share of prompts, whatever the order they come in', async () => {
    const prompts = Array.from({ length: 200 }, (_, i) => `prompt ${i}`);
    const hitsOf = async (order: string[]) => {
      await start([{ kind: 'status', status: 500, share: 0.1 }], 7);
      const ends = await Promise.all(order.map((text) => outcome(provider, text)));
      await provider.stop();
      return order.filter((_, i) => ends[i] === 500).sort();
    };
    const hits = await hitsOf(prompts);
    expect(hits.length).toBeGreaterThan(5);
    expect(hits.length).toBeLessThan(40);
    expect(await hitsOf([...prompts].reverse())).toEqual(hits);
  });

  test('a connection dropped at the start has charged nothing', async () => {
    await start([{ kind: 'drop', at: 'start' }]);
    expect(await outcome(provider, 'a')).toBe('broken');
    expect(provider.calls[0]).toMatchObject({ status: 'dropped', inputTokens: 0 });
  });

  test('a connection dropped at the answer has charged everything', async () => {
    await start([{ kind: 'drop', at: 'answer' }]);
    expect(await outcome(provider, 'a')).toBe('broken');
    expect(provider.calls[0]).toMatchObject({ status: 'dropped', inputTokens: 1 });
  });

  test('a dropped stream breaks in its middle', async () => {
    await start([{ kind: 'drop', at: 'answer' }]);
    const body = JSON.stringify({ model: 'm', stream: true, ...user('A sentence. And more.') });
    const response = await fetch(`${provider.url}/chat/completions`, { method: 'POST', body });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value as Uint8Array).toString()).toContain('data: {');
    const toTheEnd = async () => {
      for (;;) if ((await reader?.read())?.done) return;
    };
    await expect(toTheEnd()).rejects.toThrow();
  });

  test('a call that hangs ends when its client goes away', async () => {
    await start([{ kind: 'hang' }]);
    const leaving = new AbortController();
    const init = { signal: leaving.signal };
    const left = ask(provider, user('a'), '/chat/completions', init).catch(() => 'left');
    await provider.waitFor((calls) => calls[0]?.model === 'stand-in');
    leaving.abort();
    await provider.waitFor((calls) => calls[0]?.status === 'aborted');
    expect(await left).toBe('left');
  });

  test('an injected 429 carries the Retry-After it is given', async () => {
    await start([{ kind: 'status', status: 429, retryAfterSeconds: 7, times: 1 }]);
    const refused = await ask(provider, user('a'));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
    expect(provider.calls[0]?.refusedBy).toBe('fault');
  });

  test('a wait that cannot end says what it saw', async () => {
    await start([]);
    await outcome(provider, 'a');
    const vain = provider.waitFor((calls) => calls.length === 2, 20);
    await expect(vain).rejects.toThrow('Waited 20 ms in vain: 1 calls {"200":1}');
  });
});
