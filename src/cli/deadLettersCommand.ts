import { Command } from 'commander';

import { withPublisher } from '../broker/pool';
import { InputError, messageOf } from '../contract/errors';
import type { JsonObject } from '../contract/reference';
import { deadQueueOf } from '../contract/wire';
import { browse, getLetter } from '../deadLetters/browse';
import { discard } from '../deadLetters/discard';
import { replay } from '../deadLetters/replay';
import type { Desk } from '../deadLetters/walk';
import { jsonText } from './json';
import { brokerSettings, withBrokerFlags, type BrokerFlags } from './brokerOptions';
import {
  letterFilter,
  letterFilterOrAll,
  withLetterFlags,
  type LetterFlags,
} from './letterOptions';
import { countOf, numberOf } from './numbers';
import { tellDiscarded, tellLetter, tellLetters, tellReplayed } from './tellLetters';
import type { Exit, Terminal } from './terminal';

interface Flags extends BrokerFlags, LetterFlags {
  readonly deadQueue?: string;
  readonly limit?: string;
  readonly json?: boolean;
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly to?: string;
  readonly edit?: string;
  readonly withoutDeadline?: boolean;
  readonly rate?: string;
}

const QUEUE = 'the queue whose tasks gave up';

/** `agent-swarm dead-letters`: what gave up, why, and back with it. */
export function deadLettersCommand(terminal: Terminal, exit: Exit): Command {
  const command = new Command('dead-letters').description(
    'Looks at the tasks of a queue that gave up, sends them again, or discards them.',
  );
  const json = (value: unknown) => terminal.out(`${jsonText(value, 2)}\n`);
  const desk = (queue: string, flags: Flags): Desk => ({
    broker: brokerSettings(flags, terminal.env),
    queue: flags.deadQueue ?? deadQueueOf(queue),
  });

  filtered(command.command('list'))
    .description('The letters, the oldest first, and how many there are of each kind. Takes none.')
    .option('--limit <count>', 'letters that are shown', '50')
    .action(async (queue: string, flags: Flags) => {
      const options = { filter: letterFilter(flags), limit: countOf('--limit', flags.limit) };
      const browsed = await browse(desk(queue, flags), options);
      if (flags.json) json(browsed);
      else terminal.out(tellLetters(browsed));
    });

  common(command.command('show'))
    .description('One letter: why it gave up, its attempts, its headers and body.')
    .argument('<id>', 'as list gives it')
    .action(async (queue: string, id: string, flags: Flags) => {
      const at = desk(queue, flags);
      const letter = await getLetter(at, id);
      if (!letter) {
        exit(1);
        terminal.error(`${at.queue} has no letter ${id}, or somebody else has it in hand.\n`);
      } else if (flags.json) json(letter);
      else terminal.out(tellLetter(letter));
    });

  choosing(command.command('replay'))
    .description('Sends letters again as tasks, with attempts from zero.')
    .option('--to <queue>', 'to this queue; else each to the one that it came from')
    .option('--edit <json>', 'laid over each task (JSON Merge Patch), such as {"ref":"..."}')
    .option('--without-deadline', 'for tasks whose deadline has passed')
    .option('--rate <number>', 'letters a second; else as fast as the broker takes them')
    .action(async (queue: string, flags: Flags) => {
      const at = desk(queue, flags);
      const options = {
        ...choice(flags),
        to: flags.to,
        edit: editOf(flags.edit),
        withoutDeadline: flags.withoutDeadline,
        perSecond: numberOf('--rate', flags.rate),
      };
      const done = await withPublisher(at.broker, (publisher) => replay(at, publisher, options));
      if (done.failed > 0) exit(1);
      if (flags.json) json(done);
      else terminal.out(tellReplayed(done, flags.dryRun));
    });

  choosing(command.command('discard'))
    .description('Removes letters for good, and prints each of them, a line of JSON.')
    .action(async (queue: string, flags: Flags) => {
      const done = await discard(desk(queue, flags), choice(flags), (letter) =>
        terminal.out(`${jsonText(letter)}\n`),
      );
      if (flags.json) terminal.error(`${jsonText(done)}\n`);
      else terminal.error(tellDiscarded(done, flags.dryRun));
    });

  return command;
}

function common(command: Command): Command {
  return withBrokerFlags(
    command
      .argument('<queue>', QUEUE)
      .option('--dead-queue <queue>', 'where they are; else <queue>.dead')
      .option('--json', 'as JSON'),
  );
}

const filtered = (command: Command): Command => withLetterFlags(common(command));

const choosing = (command: Command): Command =>
  filtered(command)
    .option('--all', 'all letters')
    .option('--limit <count>', 'at most so many, the oldest first')
    .option('--dry-run', 'only say what would be done');

function choice(flags: Flags) {
  const { limit, dryRun } = flags;
  return { filter: letterFilterOrAll(flags), limit: countOf('--limit', limit), dryRun };
}

function editOf(given: string | undefined): JsonObject | undefined {
  if (given === undefined) return undefined;
  try {
    return JSON.parse(given) as JsonObject;
  } catch (error) {
    throw new InputError(
      '--edit',
      `is not JSON: ${messageOf(error)}`,
      'Write it as {"ref":"..."}.',
    );
  }
}
