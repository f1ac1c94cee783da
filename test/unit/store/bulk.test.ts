import { RefusedError, UnavailableError } from '../../../src/contract/errors';
import { TornError } from '../../../src/store/answers';
import { Bulk, togetherOrEach } from '../../../src/store/bulk';

const torn = () => new TornError('disconnected', 'the keys lie on two nodes', 'wait');
const refused = () => new RefusedError('conflict', 'one key is bad', 'choose another');
const away = () => new UnavailableError('unreachable', 'nobody answers', 'wait');

/** Fails for several entries, and for `bad` also alone. */
function picky(fault: () => Error, bad?: string) {
  const calls: string[][] = [];
  return {
    calls,
    act: async (entries: readonly string[]) => {
      calls.push([...entries]);
      if (entries.length > 1 || entries[0] === bad) throw fault();
      return await Promise.resolve(entries.map((entry) => `${entry}!`));
    },
  };
}

describe('calls made together', () => {
  it.each([
    ['torn', torn],
    ['refused', refused],
  ])('are each made alone when they are %s, and only the bad one fails', async (_what, fault) => {
    const { act, calls } = picky(fault, 'b');
    const bulk = new Bulk(act);
    const ends = await Promise.allSettled(['a', 'b', 'c'].map((entry) => bulk.call(entry)));
    expect(ends).toMatchObject([{ value: 'a!' }, { status: 'rejected' }, { value: 'c!' }]);
    expect(calls).toEqual([['a', 'b', 'c'], ['a'], ['b'], ['c']]);
  });

  it('all fail when nobody answers: asking for each would only take longer', async () => {
    const { act, calls } = picky(away);
    const bulk = new Bulk(act);
    const ends = await Promise.allSettled(['a', 'b'].map((entry) => bulk.call(entry)));
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(calls).toHaveLength(1);
  });
});

describe('together or each', () => {
  it('makes one call when that is possible', async () => {
    const calls: number[] = [];
    await togetherOrEach(['a', 'b'], async (some) => {
      await Promise.resolve(calls.push(some.length));
    });
    expect(calls).toEqual([2]);
  });

  it('goes on with the others when one alone fails, and tells of it', async () => {
    const { act, calls } = picky(torn, 'b');
    const all = togetherOrEach(['a', 'b', 'c'], async (some) => {
      await act(some);
    });
    await expect(all).rejects.toThrow(TornError);
    expect(calls).toEqual([['a', 'b', 'c'], ['a'], ['b'], ['c']]);
  });
});
