import { Command } from 'commander';

import { InputError } from '../contract/errors';
import { pause } from '../contract/patience';
import { look, type Sight } from '../observe/look';
import { brokerSettings, withBrokerFlags, type BrokerFlags } from './brokerOptions';
import { jsonText } from './json';
import { numberOf } from './numbers';
import { storeSettings, withStoreFlags, type StoreFlags } from './storeOptions';
import { tellSight } from './tellSight';
import type { Terminal } from './terminal';

interface Flags extends BrokerFlags, StoreFlags {
  readonly every?: string;
  readonly once?: boolean;
  readonly json?: boolean;
}

/** `agent-swarm top`: queues, consumers, budgets and dead letters, again and again. */
export function topCommand(terminal: Terminal): Command {
  const command = new Command('top')
    .description('Shows queues, consumers, budgets and dead letters until Ctrl-C.')
    .option('--every <seconds>', 'how often it looks', '2')
    .option('--once', 'looks once, and ends')
    .option('--json', 'as JSON, a line for each look');
  return withStoreFlags(withBrokerFlags(command)).action(async (flags: Flags) => {
    const broker = brokerSettings(flags, terminal.env);
    const store = storeSettings(flags, terminal.env);
    const everyMs = periodOf(flags.every) * 1000;
    const { draw = terminal.out } = terminal;
    const stopped = flags.once ? undefined : terminal.stop?.();
    let before: Sight | undefined;
    for (;;) {
      const sight = await look(store, broker);
      if (flags.json) terminal.out(`${jsonText(sight)}\n`);
      else (flags.once ? terminal.out : draw)(tellSight(sight, before));
      if (flags.once || stopped?.aborted) return;
      before = sight;
      await pause(everyMs, stopped);
      if (stopped?.aborted) return;
    }
  });
}

function periodOf(given: string | undefined): number {
  const seconds = numberOf('--every', given) ?? 2;
  if (seconds >= 0.2 && seconds <= 3600) return seconds;
  throw new InputError('--every', 'is not a time from 0.2 to 3600 seconds', 'Give seconds.');
}
