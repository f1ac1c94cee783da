import { Command } from 'commander';

import { Store } from '../store/store';
import { tasksNamed } from '../word/scopes';
import { getTask } from '../word/task';
import { jsonText } from './json';
import { storeSettings, withStoreFlags, type StoreFlags } from './storeOptions';
import { tellTask, type FoundTask } from './tellTask';
import type { Exit, Terminal } from './terminal';

interface Flags extends StoreFlags {
  readonly queue?: string;
  readonly vhost?: string;
  readonly json?: boolean;
}

/** `agent-swarm task <key>`: what happened to a task, in every queue that had it. */
export function taskCommand(terminal: Terminal, exit: Exit): Command {
  const command = new Command('task')
    .description('Tells the story of a task: dispatched, delivered, runs, waits, children, end.')
    .argument('<key>', 'its idempotency key: what Dispatch gives out as "key"; else its task_id')
    .option('--queue <queue>', 'only of this queue')
    .option('--vhost <vhost>', 'only of this virtual host of RabbitMQ')
    .option('--json', 'as JSON');
  return withStoreFlags(command).action(async (key: string, flags: Flags) => {
    const store = await Store.open(storeSettings(flags, terminal.env), 'once');
    try {
      const found = await storiesOf(store, key, flags);
      terminal.out(flags.json ? `${jsonText(found, 2)}\n` : told(key, found));
      if (found.length === 0) exit(1);
    } finally {
      store.close();
    }
  });
}

async function storiesOf(store: Store, key: string, { queue, vhost }: Flags): Promise<FoundTask[]> {
  const places = await tasksNamed(store, key);
  const wanted = places.filter(
    (place) =>
      (queue === undefined || place.queue === queue) &&
      (vhost === undefined || place.vhost === vhost),
  );
  return await Promise.all(
    wanted.map(async ({ scope, ...place }) => ({
      ...place,
      ...(await getTask(store, { scope, key })),
    })),
  );
}

function told(key: string, found: readonly FoundTask[]): string {
  if (found.length > 0) return found.map(tellTask).join('\n');
  return `No queue knows a task "${key}": it never arrived, or it was forgotten (Remember Tasks), or its key is another one.\n`;
}
