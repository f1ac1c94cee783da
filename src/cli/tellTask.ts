import type { KnownScope } from '../word/scopes';
import type { StoryEvent } from '../word/story';
import type { TaskReport } from '../word/task';

export type FoundTask = TaskReport & Omit<KnownScope, 'scope'>;

/** The story of a task for a terminal: an event a line, with how long it was after the one before. */
export function tellTask(task: FoundTask): string {
  const { key, queue, vhost, state, attempts, throttles, crashes } = task;
  const counts = `failed ${attempts}, put off ${throttles}, crashed ${crashes}`;
  const lines = [
    `${key} in queue ${queue} of ${vhost}: ${state} (${counts})`,
    ...eventLines(task.story),
    ...nextLine(task),
    ...(task.result === undefined ? [] : [`  result: ${JSON.stringify(task.result)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function eventLines(story: readonly StoryEvent[]): string[] {
  let before: number | undefined;
  return story.map((event) => {
    const at = event.at === undefined ? undefined : Date.parse(event.at);
    const passed = at === undefined || before === undefined ? '' : `+${duration(at - before)}`;
    before = at ?? before;
    return `  ${(event.at ?? '').padEnd(24)} ${passed.padStart(10)}  ${said(event)}`;
  });
}

/** What is still to come. */
function nextLine({ state, due, lease_until: until, word }: TaskReport): string[] {
  if (word !== undefined) return [`  said, and not settled yet: ${word}`];
  if (state === 'live') return [`  runs now; its lease lasts until ${until ?? 'it is renewed'}`];
  if (due === undefined || (state !== 'retrying' && state !== 'waiting')) return [];
  return [state === 'waiting' ? `  waits for a word until ${due}` : `  runs again at ${due}`];
}

function said({ event, attempt, error, execution, due, group, reason }: StoryEvent): string {
  const parts = [event.replace('_', ' ')];
  if (attempt !== undefined) parts.push(`attempt ${attempt}`);
  if (reason !== undefined) parts.push(reason);
  if (group) {
    const { group_id: id, state, total, done, dead, canceled, unpublished, open } = group;
    const counts = { done, dead, canceled, unpublished, open };
    const some = Object.entries(counts).filter(([, count]) => count > 0);
    parts.push(`group ${id} (${state}): ${total} children`);
    parts.push(...some.map(([name, count]) => `${count} ${name}`));
  }
  if (error !== undefined) parts.push(error);
  if (execution !== undefined) parts.push(`execution ${execution}`);
  if (due !== undefined) parts.push(`until ${due}`);
  return parts.join(', ');
}

const UNITS: readonly [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
];

/** Such as 2h 5m, 3.2s, 14ms. */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, ms)}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`;
  const at = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[at] as [string, number];
  const [lower, small] = UNITS[at + 1] ?? ['s', 1000];
  return `${Math.floor(ms / size)}${unit} ${Math.floor((ms % size) / small)}${lower}`;
}
