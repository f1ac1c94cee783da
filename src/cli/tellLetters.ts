import type { Browsed } from '../deadLetters/browse';
import type { Discarded } from '../deadLetters/discard';
import type { Letter, WholeLetter } from '../deadLetters/letter';
import type { Replayed } from '../deadLetters/replay';
import type { Counts, Groups } from '../deadLetters/tally';

/** Values that are shown of each group. */
const MOST_VALUES = 8;
const LONGEST_LINE = 100;

/** Letters for a terminal, one a line, then in groups. */
export function tellLetters({ letters, looked_at, matched, groups }: Browsed<Letter>): string {
  const more = matched - letters.length;
  return lines([
    ...letters.map(
      ({ id, failed_at: at, reason, intent, message }) =>
        `${at ?? '-'.padEnd(24)}  ${id}  ${reason}  ${intent ?? '-'}  ${cut(message ?? '')}`,
    ),
    ...(more > 0 ? [`... and ${more} more (--limit)`] : []),
    ...groupLines(groups),
    `${matched} of ${looked_at} letters`,
  ]);
}

export function tellLetter(letter: WholeLetter): string {
  const { attempts, body, body_is, headers, stack, ...rest } = letter;
  const known = Object.entries(rest).filter(([, value]) => value !== null);
  return lines([
    ...known.map(([name, value]) => `${name.padEnd(12)} ${String(value)}`),
    ...attempts.map(
      ({ at, error, delay_ms: delay, execution }, index) =>
        `${`attempt ${index + 1}`.padEnd(12)} ${at}  ${error}${delay === undefined ? '' : `, then waited ${delay} ms`}${execution === undefined ? '' : `, execution ${execution}`}`,
    ),
    ...(stack === null ? [] : [`stack        ${stack.split('\n').join('\n             ')}`]),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${text(value)}`),
    `body (${body_is})`,
    text(body),
  ]);
}

export function tellReplayed(done: Replayed, dryRun = false): string {
  const { looked_at, matched, replayed, failed, problem, batch, groups } = done;
  return lines([
    ...groupLines(groups),
    dryRun
      ? `${matched} of ${looked_at} letters would be replayed.`
      : `${replayed} of ${looked_at} letters replayed, batch ${batch}.`,
    ...(failed > 0 ? [`${failed} were not, and stay. The first: ${problem ?? ''}`] : []),
  ]);
}

export function tellDiscarded(done: Discarded, dryRun = false): string {
  const { looked_at, matched, discarded, groups } = done;
  return lines([
    ...groupLines(groups),
    dryRun
      ? `${matched} of ${looked_at} letters would be discarded.`
      : `${discarded} of ${looked_at} letters discarded.`,
  ]);
}

function groupLines(groups: Groups): string[] {
  return Object.entries<Counts>({ ...groups }).flatMap(([group, counts]) => {
    const all = Object.entries(counts);
    if (all.length === 0) return [];
    const shown = all
      .slice(0, MOST_VALUES)
      .map(([value, count]) => `${count} ${cut(value || '(none)')}`);
    const more = all.length - shown.length;
    return [`${group}: ${shown.join(', ')}${more > 0 ? `, and ${more} more` : ''}`];
  });
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function cut(said: string): string {
  const line = said.replace(/\s+/g, ' ');
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE - 1)}…`;
}

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`;
