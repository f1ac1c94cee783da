import fc from 'fast-check';
import { HandClock, type ProviderOptions } from '../../support/provider';
import { Limits, type Admission, type Refused } from '../../support/provider/limits';
import { defaultOptions } from '../../support/provider/options';

/** The limits alone, without HTTP: any order of arrivals and ends, over minutes. */

interface Arrival {
  /** ms since the arrival before. */
  after: number;
  tokens: number;
  /** How long the call takes, ms. */
  takes: number;
}

const arrivals = fc.array(
  fc.record({
    after: fc.oneof(fc.nat(200), fc.nat(20_000), fc.constantFrom(59_999, 60_000)),
    tokens: fc.integer({ min: 1, max: 60 }),
    takes: fc.nat(90_000),
  }),
  { minLength: 10, maxLength: 80, size: 'max' },
);
const limit = {
  requestsPerMinute: fc.integer({ min: 1, max: 8 }),
  tokensPerMinute: fc.integer({ min: 30, max: 200 }),
};

interface Taken {
  at: number;
  /** When its answer ends. */
  end: number;
  tokens: number;
}

interface World {
  clock: HandClock;
  limits: Limits;
  taken: Taken[];
  open: Array<{ end: number; admission: Admission }>;
}

function world(options: Partial<ProviderOptions>): World {
  const clock = new HandClock(0);
  const limits = new Limits(
    () => ({ ...defaultOptions, ...options }),
    () => clock.now(),
  );
  return { clock, limits, taken: [], open: [] };
}

/** Calls end on the way, each at its time. */
function advance({ clock, open }: World, ms: number): void {
  const until = clock.now() + ms;
  open.sort((a, b) => a.end - b.end);
  while (open[0] !== undefined && open[0].end <= until) {
    const { end, admission } = open.shift() as World['open'][number];
    clock.advance(end - clock.now());
    admission.end();
  }
  clock.advance(until - clock.now());
}

function arrive(there: World, { tokens, takes }: Arrival): Refused | undefined {
  const at = there.clock.now();
  const admitted = there.limits.admit(tokens);
  if ('by' in admitted) return admitted;
  there.taken.push({ at, end: at + takes, tokens });
  there.open.push({ end: at + takes, admission: admitted });
  return undefined;
}

const sum = (calls: readonly Taken[]) => calls.reduce((all, { tokens }) => all + tokens, 0);

describe('the limits of the stand-in, whatever comes', () => {
  test.each(['start', 'end'] as const)(
    'no window has more than the limit, and none is refused that fits (counted at the %s)',
    (countAt) => {
      fc.assert(
        fc.property(fc.record(limit), arrivals, (options, all) => {
          const there = world({ ...options, countAt });
          for (const arrival of all) {
            advance(there, arrival.after);
            const now = there.clock.now();
            const counts = ({ at, end }: Taken) => (countAt === 'start' ? at : Math.min(end, now));
            const held = there.taken.filter((call) => counts(call) > now - 60_000);
            const fits =
              held.length + 1 <= options.requestsPerMinute &&
              sum(held) + arrival.tokens <= options.tokensPerMinute;
            expect(arrive(there, arrival) === undefined).toBe(fits);
          }
        }),
      );
    },
  );

  test('counted when the answer ends: requests keep the limit, tokens are let in while there is room', () => {
    fc.assert(
      fc.property(fc.record(limit), arrivals, (options, all) => {
        const there = world({ ...options, countAt: 'answer' });
        for (const arrival of all) {
          advance(there, arrival.after);
          const since = there.clock.now() - 60_000;
          const arrived = there.taken.filter(({ at }) => at > since);
          const ended = there.taken.filter(({ end }) => end > since && end <= since + 60_000);
          const fits =
            arrived.length < options.requestsPerMinute && sum(ended) < options.tokensPerMinute;
          expect(arrive(there, arrival) === undefined).toBe(fits);
        }
      }),
    );
  });

  test('a bucket lets through no more than it holds and what was filled up meanwhile', () => {
    const bucket = fc.double({ min: 0.3, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.record({ ...limit, bucket }), arrivals, (options, all) => {
        const there = world({ ...options, countAt: 'start' });
        for (const arrival of all) {
          advance(there, arrival.after);
          if (arrive(there, arrival)) continue;
          const now = there.clock.now();
          for (const [index, { at }] of there.taken.entries()) {
            const since = there.taken.slice(index);
            const most = (limit: number) => limit * (options.bucket + (now - at) / 60_000) + 1e-3;
            expect(since.length).toBeLessThanOrEqual(most(options.requestsPerMinute));
            expect(sum(since)).toBeLessThanOrEqual(most(options.tokensPerMinute));
          }
        }
      }),
    );
  });

  test.each([undefined, 0.5])(
    'after the time told there is room, and not before (bucket %p)',
    (bucket) => {
      let told = 0;
      fc.assert(
        fc.property(fc.record(limit), arrivals, (options, all) => {
          const there = world({ ...options, bucket, countAt: 'start' });
          for (const arrival of all) {
            advance(there, arrival.after);
            const refused = arrive(there, arrival);
            if (refused?.retryAfterMs === undefined || refused.retryAfterMs <= 2) continue;
            told += 1;
            advance(there, Math.ceil(refused.retryAfterMs) - 2);
            expect(arrive(there, arrival)).toMatchObject({ by: refused.by });
            advance(there, 2);
            // The other limit may stand in the way now.
            expect(arrive(there, arrival)?.by).not.toBe(refused.by);
          }
        }),
      );
      expect(told).toBeGreaterThan(100);
    },
  );
});
