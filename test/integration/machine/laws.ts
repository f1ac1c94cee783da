import type { Cluster, Redis } from 'ioredis';

import { admitScript } from '../../../src/admit/admitScript';
import { releaseScript } from '../../../src/admit/releaseScript';
import { renewScript } from '../../../src/admit/renewScript';
import { wakeScript } from '../../../src/admit/wakeScript';
import { buryScript } from '../../../src/settle/buryScript';
import { finishScript } from '../../../src/settle/finishScript';
import { putOffScript } from '../../../src/settle/putOffScript';
import { sayScript } from '../../../src/word/sayScript';

export type Hash = Readonly<Record<string, string>>;

/** One call of a script, as far as one of its keys is concerned. */
export interface Act {
  readonly script: string;
  /** The work it was called for; undefined for scripts that do not say. */
  readonly fingerprint: string | undefined;
  /** The word that it settles, '' for the end of a run; undefined for scripts that settle nothing, or successes. */
  readonly settles: string | undefined;
  /** The fence that it was called with; undefined for scripts that need none, or may be late. */
  readonly fence: string | undefined;
}

export interface Transition extends Act {
  readonly key: string;
  readonly before: Hash;
  readonly after: Hash;
  /** Clock of the store before the call, ms. */
  readonly now: number;
}

/** Slack for time that really passes while a case runs, ms. */
const SLACK_MS = 5000;

/** What an act must never do to a task, whoever does it and whenever. Empty when all is well. */
export function brokenLaws(transition: Transition): string[] {
  const { before, after } = transition;
  const broken: string[] = [];
  const law = (holds: boolean, text: string) => {
    if (!holds) broken.push(text);
  };
  law(before.state !== 'done' || after.state === 'done', 'done is final');
  law(!completed(before) || completed(after), 'the first Complete decides');
  law(
    before.state !== 'canceled' || after.state === 'canceled' || after.state === 'done',
    'a canceled task stays canceled, unless it succeeded',
  );
  law(
    before.state !== 'dead' || deadMayBecome(transition),
    'what gave up runs again only on demand',
  );
  law(Number(after.fence ?? 0) >= Number(before.fence ?? 0), 'a fence never goes back');
  law(
    before.fence === after.fence || before.fence === undefined || givesFences(transition),
    'only admission gives out fences',
  );
  law(!leased(transition) || before.fence === after.fence, 'a live lease is not taken');
  law(!another(transition) || same(before, after), 'a word that stands decides');
  law(!ofOtherWork(transition) || same(before, after), 'other work is left alone');
  law(!stale(transition) || same(before, after), 'a stale fence changes nothing');
  law(
    before.word === undefined || after.word !== undefined || after.state !== 'live',
    'a word is not forgotten before it is settled',
  );
  return broken;
}

/** Scripts that only the live fence may call; of words Complete is none. */
const FENCED = new Set(
  [putOffScript, buryScript, releaseScript, renewScript].map(({ name }) => name),
);
/** Scripts that say which work they are called for. */
const NAMED = new Set([putOffScript, buryScript, finishScript].map(({ name }) => name));
const SETTLING = new Set([putOffScript, buryScript].map(({ name }) => name));
const FENCE = /^\d{16}$/;
const FINGERPRINT = /^[0-9a-f]{64}$/;

/** What of a script's arguments names the caller's fence and work, for its key number `index`; known by their look. */
export function actOf(script: string, args: readonly unknown[], index: number): Act {
  const words = args.map(String);
  const fenced =
    FENCED.has(script) ||
    script === 'swarmExtend' ||
    (script === sayScript.name && words[0] !== 'complete');
  const find = (look: RegExp) => words.filter((word) => look.test(word))[index];
  return {
    script,
    fence: fenced ? find(FENCE) : undefined,
    fingerprint: NAMED.has(script) ? find(FINGERPRINT) : undefined,
    settles: SETTLING.has(script) ? words.at(-1) : undefined,
  };
}

export async function clockOf(redis: Redis | Cluster): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}

function completed({ state, word }: Hash): boolean {
  return state === 'done' || (state === 'live' && word === 'complete');
}

function givesFences({ script }: Transition): boolean {
  return script === admitScript.name || script === wakeScript.name;
}

function leased({ before, now }: Transition): boolean {
  return before.state === 'live' && Number(before.until) > now + SLACK_MS;
}

function stale({ fence, before }: Transition): boolean {
  return fence !== undefined && before.state !== undefined && before.fence !== fence;
}

/** Success is no other word: it wins. */
function another({ settles, before: { word } }: Transition): boolean {
  return settles !== undefined && word !== undefined && word !== 'complete' && word !== settles;
}

function ofOtherWork({ fingerprint, before }: Transition): boolean {
  return fingerprint !== undefined && before.fp !== undefined && before.fp !== fingerprint;
}

function deadMayBecome({ script, before, after }: Transition): boolean {
  if (after.state === 'dead') return before.dead_id === after.dead_id;
  return after.state === 'done' || script === admitScript.name;
}

function same(before: Hash, after: Hash): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].every((name) => before[name] === after[name]);
}
