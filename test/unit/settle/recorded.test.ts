import type { Decision } from '../../../src/settle/policy';
import { Settlement, type Owned } from '../../../src/settle/settlement';

const owned = {
  task: {
    key: 'a',
    delivery: { tag: { epoch: 1, number: 1 }, headers: {}, body: Buffer.from('{}') },
  },
  lease: { key: 'a', fence: 1 },
  tries: { attempt: 1, throttles: 0, ageMs: 0 },
} as unknown as Owned;

const error = { name: 'Error', message: 'no' };

test.each<[string, Decision, string[]]>([
  ['done', { kind: 'done' }, ['finish', 'recorded', 'over', 'ack']],
  [
    'a retry',
    { kind: 'retry', delayMs: 1000, counts: true, error },
    ['putOff', 'recorded', 'copy', 'sent', 'over', 'ack'],
  ],
  ['a Wait node', { kind: 'park' }, ['putOff', 'recorded', 'copy', 'sent', 'over', 'ack']],
  [
    'a dead letter',
    { kind: 'dead', why: { reason: 'run_failed', message: 'no' } },
    ['bury', 'recorded', 'letter', 'buried', 'over', 'ack'],
  ],
])('%s: the lease is let go as soon as the end is recorded', async (_name, decision, order) => {
  const steps: string[] = [];
  const step =
    <T>(name: string, answer: T) =>
    () => {
      steps.push(name);
      return Promise.resolve(answer);
    };
  const records = {
    finish: step('finish', 'recorded'),
    putOff: step('putOff', 'recorded'),
    bury: step('bury', 'recorded'),
    sent: step('sent', undefined),
    buried: step('buried', undefined),
  };
  const post = { copy: step('copy', undefined), letter: step('letter', undefined) };
  const options = {
    records,
    post,
    queue: 'work',
    waitLimitMs: 1,
    workflow: 'w',
    decide: () => decision,
  };
  await new Settlement(options as never).settle(owned, decision, () => void steps.push('ack'), {
    recorded: () => void steps.push('recorded'),
    over: step('over', undefined),
  });
  expect(steps).toEqual(order);
});
