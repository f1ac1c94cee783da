import { storyOf } from '../../../src/word/story';

const T = 1_764_000_000_000;
const iso = (ms: number) => new Date(T + ms).toISOString();
const at = (ms: number) => String(T + ms);
const entry = (ms: number, counts: boolean, delay = 1000) =>
  JSON.stringify({ at: iso(ms), error: `at ${ms}`, delay_ms: delay, counts });

const told = (found: Record<string, string>) =>
  storyOf(found, []).map(({ event, attempt, at: when }) =>
    [event, attempt, when && Date.parse(when) - T].filter((part) => part !== undefined),
  );

test('a task that was done at once', () => {
  expect(told({ state: 'done', sent: at(0), first: at(5), ended: at(9) })).toEqual([
    ['dispatched', 0],
    ['delivered', 1, 5],
    ['done', 9],
  ]);
});

test('a second run that failed as well counts as the second, also when the task is canceled or done meanwhile', () => {
  const history = `${entry(10, true)},${entry(2000, true)}`;
  const twice = { first: at(5), began: at(1500), next: 'id', history, attempts: '2' };
  const runs = [
    ['delivered', 1, 5],
    ['failed', 10],
    ['delivered', 2, 1500],
    ['failed', 2000],
  ];
  expect(told({ ...twice, state: 'retrying' })).toEqual(runs);
  expect(told({ ...twice, state: 'canceled', ended: at(2500) })).toEqual([
    ...runs,
    ['canceled', 2500],
  ]);
});

test('a run after a put-off that counted nothing has the same number', () => {
  const history = entry(10, false);
  expect(told({ state: 'live', first: at(5), began: at(1500), history, attempts: '0' })).toEqual([
    ['delivered', 1, 5],
    ['put_off', 10],
    ['delivered', 1, 1500],
  ]);
});

test('what a host with another clock wrote stands where it belongs', () => {
  const history = entry(-60_000, true);
  const found = { state: 'live', first: at(5), began: at(1500), history, attempts: '1' };
  expect(told(found).map(([event]) => event)).toEqual(['delivered', 'failed', 'delivered']);
});

test('a history that cannot be read is left out, and nothing known is an empty story', () => {
  expect(told({ state: 'done', first: at(5), history: '{', ended: at(9) })).toEqual([
    ['delivered', 1, 5],
    ['done', 9],
  ]);
  expect(told({})).toEqual([]);
});
