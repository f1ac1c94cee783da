import type { Command } from 'commander';

import { InputError } from '../contract/errors';
import { millisecondsIn } from '../contract/times';
import type { LetterFilter } from '../deadLetters/filter';

/** Which letters, as a person says it. */
export interface LetterFlags {
  readonly id?: string[];
  readonly reason?: string[];
  readonly intent?: string;
  readonly tenant?: string;
  readonly key?: string;
  readonly error?: string;
  readonly olderThan?: string;
  readonly newerThan?: string;
}

export function withLetterFlags(command: Command): Command {
  return command
    .option('--id <id...>', 'letters of these ids')
    .option('--reason <reason...>', 'such as attempts_used_up, run_failed, crash_loop')
    .option('--intent <intent>', 'tasks of this intent')
    .option('--tenant <tenant>', 'tasks for this tenant')
    .option('--key <key>', 'the task of this key')
    .option('--error <text>', "text in the error's name or message")
    .option('--older-than <time>', 'gave up so long ago or longer, such as 90m, 2h, 7d')
    .option('--newer-than <time>', 'gave up since, such as 15m');
}

/** @throws InputError for a time that cannot be read */
export function letterFilter(flags: LetterFlags): Partial<LetterFilter> {
  const { id: ids, reason: reasons, intent, tenant, key, error, olderThan, newerThan } = flags;
  return {
    ids,
    reasons,
    intent,
    tenant,
    key,
    error,
    olderThanMs: timeOf('--older-than', olderThan),
    newerThanMs: timeOf('--newer-than', newerThan),
  };
}

/** @throws InputError when neither a filter nor `--all` says which */
export function letterFilterOrAll(
  flags: LetterFlags & { readonly all?: boolean },
): Partial<LetterFilter> {
  const filter = letterFilter(flags);
  const filtered = Object.values(filter).some((value) => value !== undefined);
  if (filtered !== (flags.all ?? false)) return filter;
  throw new InputError(
    '--all',
    filtered ? 'is given together with a filter' : 'or a filter is missing',
    'Say which letters: by a filter such as --reason or --id, or --all of them.',
  );
}

/** ms. A number without a unit would be anybody's guess. */
function timeOf(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const time = millisecondsIn(given);
  if (time !== undefined && time >= 0) return Math.round(time);
  throw new InputError(option, `is no time: ${given}`, 'Write it as 90s, 15m, 2h or 7d.');
}
