import { pauseAfter } from '../../../src/budget/acquire';
import { createVerdict, reserveVerdict, stateOf } from '../../../src/budget/answers';
import { reconcileScript } from '../../../src/budget/reconcileScript';
import { reserveScript } from '../../../src/budget/reserveScript';
import { askSchema, budgetSchema, usageSchema } from '../../../src/contract/budget';
import { InputError } from '../../../src/contract/errors';
import { readSettings } from '../../../src/contract/settings';
import { Keys } from '../../../src/store/keys';

describe('how long to sleep before asking again', () => {
  const wait = { kind: 'wait', constraint: 'calls', ms: 60_000, askAgainMs: 1000 } as const;

  it.each([
    [wait, 1000, 1100],
    [{ kind: 'blocked', ms: 30_000 } as const, 30_000, 31_000],
    [{ kind: 'closed', ms: 500 } as const, 500, 1500],
    [{ kind: 'paused' } as const, 2000, 4000],
  ])(
    'after %o it is never less than was answered, and not the same for all',
    (verdict, least, most) => {
      expect(pauseAfter(verdict, 0)).toBe(least);
      expect(pauseAfter(verdict, 1)).toBeCloseTo(most);
      expect(pauseAfter(verdict, 0.5)).toBeGreaterThan(least);
    },
  );
});

describe('answers of the scripts', () => {
  it('are read into verdicts', () => {
    expect(reserveVerdict('a', ['granted', '1', '20', '300', '1'])).toEqual({
      kind: 'granted',
      id: 'a',
      reserved: { requests: 1, input: 20, output: 300 },
      waited: true,
    });
    expect(reserveVerdict('a', ['oversized', 'total_day', '10', '20'])).toEqual({
      kind: 'oversized',
      constraint: 'total_day',
      limit: 10,
      asked: 20,
    });
    expect(createVerdict(['created', '62250'])).toEqual({ kind: 'created', closedMs: 62_250 });
    expect(stateOf([])).toBeUndefined();
  });

  it('that nobody knows are an error, not a grant', () => {
    expect(() => reserveVerdict('a', ['perhaps'])).toThrow('unknown verdict: perhaps');
    expect(() => reserveVerdict('a', [])).toThrow('unknown verdict');
  });
});

describe('what is given to a budget', () => {
  it.each([
    ['output', { id: 'a', output: NaN }],
    ['output', { id: 'a', output: 1.5 }],
    ['input', { id: 'a', input: -1 }],
    ['input', { id: 'a', input: Infinity }],
    ['id', { id: '' }],
    ['requests', { id: 'a', requests: 1e9 }],
  ])('is refused by the name of its field: %s', (field, ask) => {
    expect(() => readSettings(askSchema, ask)).toThrow(InputError);
    expect(() => readSettings(askSchema, ask)).toThrow(field);
  });

  it('has defaults: no limit, a guard of 2 s, no pacing, adaptive', () => {
    expect(budgetSchema.parse({})).toEqual({
      minute: {},
      day: {},
      tenantShare: 1,
      burst: 1,
      guardMs: 2000,
      adaptive: { start: 10, most: 1000 },
    });
    expect(usageSchema.parse({})).toEqual({ ok: true });
    expect(budgetSchema.safeParse({ minute: { requests: 0 } }).success).toBe(false);
    expect(budgetSchema.safeParse({ tenantShare: 0 }).success).toBe(false);
  });
});

describe('the keys of a budget', () => {
  const keys = new Keys('swarm');
  const tagOf = (key: string) => /\{(.*?)\}/.exec(key)?.[1];

  it.each(['gpt', 'a{b}c', 'x'.repeat(500)])('share one hash tag: %s', (name) => {
    const all = [...keys.budget(name), keys.learned(name, 'node {1}')];
    expect(new Set(all).size).toBe(6);
    expect(new Set(all.map(tagOf)).size).toBe(1);
  });

  it('are apart for each name', () => {
    expect(tagOf(keys.learned('a', 'x'))).not.toBe(tagOf(keys.learned('b', 'x')));
    expect(keys.learned('a', 'x')).not.toBe(keys.learned('a', 'y'));
  });
});

test('scripts read one clock, the store’s', () => {
  for (const { lua } of [reserveScript, reconcileScript]) {
    expect(lua.match(/'TIME'/g)).toHaveLength(1);
  }
});
