import type { ConsumerOptions } from '../../../src/contract/settings';
import type { RunWord } from '../../../src/word/say';
import { LATER_MS } from './behaviour';

/** One way a delivery can end, and every step on the way that somebody else can see, from admission to the last ack. */
export interface Ending {
  readonly name: string;
  /** What is published; a text is no task at all. */
  readonly body: { readonly intent: string } | string;
  readonly steps: readonly string[];
  readonly state: 'done' | 'dead' | 'no task';
  readonly settings?: Partial<ConsumerOptions>;
  /** Said as soon as the task stands at a Wait node, or while it runs. */
  readonly word?: RunWord & { readonly while: 'waiting' | 'live' };
  /** How the task comes to the process that will be killed, when it is not new. */
  readonly before?: 'its owner vanished' | 'its owner is at work';
  /** It is the only child of a group. */
  readonly child?: true;
}

const call = (name: string) => [name, `${name} answered`];
const PUBLISH = ['publish', 'confirm'];
const ADMIT = call('swarmAdmit');
const WAKE = call('swarmWake');
const FINISH = call('swarmFinish');
const PUT_OFF = [...call('swarmPutOff'), ...PUBLISH, ...call('swarmSent')];
const BURY = [...call('swarmBury'), ...PUBLISH, ...call('swarmBuried')];
/** After its own end is recorded: counted, and the one who sends the join is told. */
const COUNT = [...call('swarmGroupEnd'), ...call('swarmJoinLook')];
const PARK = [...ADMIT, ...PUT_OFF, 'ack'];

/** Long enough for all that happens before, short enough to wait for the copy. */
const WAIT_MS = 10_000;

export const ENDINGS: readonly Ending[] = [
  {
    name: 'sent round',
    body: { intent: 'succeed' },
    before: 'its owner is at work',
    // The owner's must not run out by itself.
    settings: { holdMs: 0, leaseMs: 3000 },
    steps: [...ADMIT, ...PUBLISH, 'ack'],
    state: 'done',
  },
  {
    name: 'done',
    body: { intent: 'succeed' },
    steps: [...ADMIT, ...FINISH, 'ack'],
    state: 'done',
  },
  {
    name: 'done, the last child',
    body: { intent: 'succeed' },
    child: true,
    steps: [...ADMIT, ...FINISH, ...COUNT, 'ack'],
    state: 'done',
  },
  {
    name: 'dead letter, the last child',
    body: { intent: 'fail for good' },
    child: true,
    steps: [...ADMIT, ...BURY, ...COUNT, 'ack'],
    state: 'dead',
  },
  {
    name: 'retry, then done',
    body: { intent: 'fail once' },
    settings: { retry: { baseMs: 0 } },
    steps: [...ADMIT, ...PUT_OFF, 'ack', ...ADMIT, ...FINISH, 'ack'],
    state: 'done',
  },
  {
    name: 'dead letter',
    body: { intent: 'fail for good' },
    steps: [...ADMIT, ...BURY, 'ack'],
    state: 'dead',
  },
  {
    name: 'Dead-Letter in the run',
    body: { intent: 'never end' },
    word: { kind: 'dead_letter', message: 'enough', while: 'live' },
    // Acked when the run is over, which is later than all that is seen here.
    steps: [...ADMIT, ...BURY],
    state: 'dead',
  },
  {
    name: 'park until the wait limit',
    body: { intent: 'wait' },
    settings: { waitLimitMs: 2000, retry: { ifRunFails: 'dead_letter' } },
    steps: [...PARK, ...ADMIT, ...BURY, 'ack'],
    state: 'dead',
  },
  {
    name: 'park, then Dead-Letter',
    body: { intent: 'wait' },
    settings: { waitLimitMs: WAIT_MS },
    word: { kind: 'dead_letter', message: 'enough', while: 'waiting' },
    steps: [...PARK, ...WAKE, ...BURY, ...WAKE],
    state: 'dead',
  },
  {
    name: 'park, then Retry Later',
    body: { intent: 'wait once' },
    settings: { waitLimitMs: WAIT_MS },
    word: {
      kind: 'retry_later',
      afterMs: LATER_MS,
      counts: true,
      message: 'later',
      while: 'waiting',
    },
    steps: [...PARK, ...WAKE, ...PUT_OFF, ...WAKE, ...ADMIT, ...FINISH, 'ack'],
    state: 'done',
  },
  {
    name: 'crash loop',
    body: { intent: 'succeed' },
    before: 'its owner vanished',
    settings: { maxCrashes: 1 },
    steps: [...ADMIT, ...BURY, 'ack'],
    state: 'dead',
  },
  {
    name: 'unreadable',
    body: 'no JSON',
    steps: [...PUBLISH, 'ack'],
    state: 'no task',
  },
];
