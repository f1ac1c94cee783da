import { setTimeout as delay } from 'node:timers/promises';

import { connectPlainStore } from '../support/plainStore';
import { STORE_PREFIX } from '../support/swarmWorld';
import type { Lines, TriggerKind } from './lines';
import { endsDead, type Planned } from './plan';
import type { Stage } from './stage';

/** What is found when nothing moves any more. */
export interface Rest {
  /** Tasks without a side effect, a dead letter or a message. */
  readonly lost: readonly string[];
  /** Messages left in queues of work and of delays, and tasks that Redis takes for unfinished, each described. */
  readonly unsettled: readonly string[];
  /** Dead letters: reasons by task. */
  readonly dead: ReadonlyMap<string, string>;
  /** Of those the tasks that were not planned to end so. */
  readonly deadUnplanned: readonly string[];
}

const LOOK_MS = 2000;
/** Nothing moved for so long: longer than the run limit and every delay, and than n8n takes to miss a worker. */
const STILL_MS = 180_000;
/** What fails for good never rests with the built-in trigger: it is enough that nothing new is finished. */
const NOTHING_NEW_MS = 90_000;
const UNFINISHED = ['live', 'retrying', 'waiting'];

export async function restOf(
  stage: Stage,
  lines: Lines,
  planned: readonly Planned[],
  trigger: TriggerKind,
): Promise<Rest> {
  const { effects } = stage.recorder;
  if (trigger === 'builtin') {
    await nothingNew(() => effects.size, NOTHING_NEW_MS);
    await lines.deactivate();
    const left = await tasksIn(stage, lines.names);
    const missing = planned.filter((task) => !effects.has(task.id) && !left.has(task.id));
    return {
      lost: missing.map(({ id }) => id),
      unsettled: [...left.keys()],
      dead: new Map(),
      deadUnplanned: [],
    };
  }
  const messages = await emptied(stage);
  const dead = await tasksIn(
    stage,
    lines.names.map((name) => `${name}.dead`),
  );
  const lost = planned.filter((task) =>
    endsDead(task) ? !dead.has(task.id) : !effects.has(task.id) && !dead.has(task.id),
  );
  const unplanned = planned.filter((task) => !endsDead(task) && dead.has(task.id));
  return {
    lost: lost.map(({ id }) => id),
    unsettled: [...messages, ...(await unfinished(stage))],
    dead,
    deadUnplanned: unplanned.map(({ id }) => id),
  };
}

/** Messages in the queues of work and delays once there are none, or once nothing moves any more. */
async function emptied(stage: Stage): Promise<string[]> {
  let since = Date.now();
  let before = '';
  for (let empty = 0; ;) {
    const rows = await stage.broker.ctl('list_queues', 'name', 'messages', '--no-table-headers');
    const waiting = rows
      .split('\n')
      .map((row) => row.split('\t'))
      .filter(([name = '', count]) => name !== '' && !name.endsWith('.dead') && count !== '0')
      .map(([name, count]) => `${count} in ${name}`);
    // Twice: a queue tells its figures a little late, and a message may be on its way between two.
    empty = waiting.length === 0 ? empty + 1 : 0;
    if (empty === 2) return [];
    const now = `${waiting.join()} ${stage.recorder.seen.length}`;
    if (now !== before) since = Date.now();
    before = now;
    if (Date.now() - since > STILL_MS) return waiting;
    await delay(LOOK_MS);
  }
}

async function nothingNew(count: () => number, forMs: number): Promise<void> {
  let since = Date.now();
  for (let before = count(); Date.now() - since < forMs; await delay(LOOK_MS)) {
    if (count() !== before) since = Date.now();
    before = count();
  }
}

/** Takes every message out: its task, and why it is there. */
async function tasksIn(stage: Stage, queues: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await stage.withBroker(async (plain) => {
    for (const queue of queues) {
      for (const { body, text, headers } of await plain.drain(queue)) {
        const id = (body as { task_id?: string }).task_id ?? text.replace(/^poison /, '');
        found.set(id, String(headers['x-swarm-reason']));
      }
    }
  });
  return found;
}

async function unfinished(stage: Stage): Promise<string[]> {
  const store = await connectPlainStore(stage.redis.url, STORE_PREFIX);
  try {
    const tasks = await store.tasks();
    const states = await Promise.all(tasks.map((key) => store.redis.hget(key, 'state')));
    return tasks
      .map((key, index) => `${key} ${states[index] ?? 'gone'}`)
      .filter((_, index) => UNFINISHED.includes(states[index] ?? ''));
  } finally {
    // Not `close`, which would delete them.
    store.redis.disconnect();
  }
}
