import { RefusedError, UnavailableError } from '../../../src/contract/errors';
import { ClosedError, patiently, pause, within } from '../../../src/contract/patience';
import { SharedPool } from '../../../src/contract/sharedPool';

const away = () => new UnavailableError('unreachable', 'away', 'wait');
const refused = () => new RefusedError('conflict', 'no', 'change it');

describe('patience', () => {
  test('tries again while a server is away, and tells each time', async () => {
    let tries = 0;
    const told: string[] = [];
    const answer = await patiently(
      () => (++tries < 3 ? Promise.reject(away()) : Promise.resolve('here')),
      { onAway: (error) => told.push(error.message) },
    );
    expect([answer, tries, told]).toEqual(['here', 3, ['away', 'away']]);
  });

  test('a refusal is thrown, or waited for when asked to', async () => {
    await expect(patiently(() => Promise.reject(refused()))).rejects.toThrow('no');
    let tries = 0;
    const act = () => (++tries < 2 ? Promise.reject(refused()) : Promise.resolve(tries));
    expect(await patiently(act, { refused: 'wait' })).toBe(2);
  });

  test('ends when its signal does', async () => {
    const stop = new AbortController();
    const waiting = patiently(() => Promise.reject(away()), {
      signal: stop.signal,
      onAway: () => stop.abort(),
    });
    await expect(waiting).rejects.toThrow(ClosedError);
    await pause(60_000, stop.signal);
  });

  test('ends with the last error when the limit leaves no time for another try', async () => {
    let tries = 0;
    const began = performance.now();
    const act = () =>
      Promise.reject(new UnavailableError('unreachable', `away ${++tries}`, 'wait'));
    await expect(patiently(act, { limitMs: 400 })).rejects.toThrow('away 4');
    // After pauses of 50, 100 and 200 ms.
    expect(performance.now() - began).toBeGreaterThan(345);
    expect(tries).toBe(4);
  });

  test('a limit rejects what comes too late', async () => {
    const never = new Promise<never>(() => undefined);
    await expect(within(1, never, away)).rejects.toThrow('away');
    expect(await within(60_000, Promise.resolve(1), away)).toBe(1);
  });
});

describe('a shared pool', () => {
  const counting = (idleMs: number) => {
    const log: string[] = [];
    const pool = new SharedPool<string, string>({
      name: (settings) => settings,
      open(settings) {
        log.push(`open ${settings}`);
        return settings === 'bad' ? Promise.reject(away()) : Promise.resolve(settings);
      },
      close(thing) {
        log.push(`close ${thing}`);
        return Promise.resolve();
      },
      idleMs,
    });
    return { log, pool };
  };

  test('opens once for many users, and keeps it for the next', async () => {
    const { log, pool } = counting(60_000);
    await Promise.all([pool.use('a', () => pause(1)), pool.use('a', () => Promise.resolve())]);
    await pool.use('a', () => Promise.resolve());
    expect(log).toEqual(['open a']);
    await pool.closeIdle();
    expect(log).toEqual(['open a', 'close a']);
    expect(pool.size).toBe(0);
  });

  test('what could not be opened is opened again for the next', async () => {
    const { log, pool } = counting(60_000);
    await expect(pool.use('bad', () => Promise.resolve())).rejects.toThrow('away');
    await expect(pool.use('bad', () => Promise.resolve())).rejects.toThrow('away');
    expect(log).toEqual(['open bad', 'open bad']);
    expect(pool.size).toBe(0);
  });

  test('letting go twice lets go once', async () => {
    const { log, pool } = counting(60_000);
    const first = await pool.take('a');
    const second = await pool.take('a');
    first.release();
    first.release();
    await pool.closeIdle();
    expect(log).toEqual(['open a']);
    second.release();
    await pool.closeIdle();
    expect(log).toEqual(['open a', 'close a']);
  });
});
