import Table from 'cli-table3';

import type { BudgetSight, QueueSight, Sight } from '../observe/look';

const NOT_KNOWN = '-';

/** One look as a screen. @param before the look before this one: with it there are rates */
export function tellSight(sight: Sight, before?: Sight): string {
  const { at, sources, queues, budgets } = sight;
  const seconds = before ? (at.getTime() - before.at.getTime()) / 1000 : 0;
  const earlier = new Map(before?.queues.map((queue) => [nameOf(queue), queue]));
  const said = Object.entries(sources).flatMap(([source, answer]) => {
    if (!answer) return [`${source} not asked`];
    return [answer.ok ? `${source} ok` : `${source} AWAY`];
  });
  const why = Object.values(sources).flatMap((answer) =>
    answer && !answer.ok ? [answer.why] : [],
  );
  return [
    `agent-swarm top  ${at.toISOString()}  ${said.join(', ')}`,
    ...why,
    '',
    table(
      ['QUEUE', 'READY', 'IN FLIGHT', 'CONSUMERS', 'IN/s', 'DONE/s', 'RETRIED/s', 'DEAD', 'OLDEST'],
      queues.map((queue) => queueRow(queue, earlier.get(nameOf(queue)), seconds)),
      'No queue of this virtual host is consumed with this Redis and this key prefix (--prefix).',
    ),
    '',
    table(
      ['BUDGET', 'CALLS', 'WAITING', 'REQUESTS/min', 'TOKENS/min', 'STATE'],
      budgets.map(budgetRow),
      'There is no budget.',
    ),
    '',
  ].join('\n');
}

const nameOf = ({ vhost, queue }: QueueSight): string => `${vhost}\n${queue}`;

function queueRow(now: QueueSight, before: QueueSight | undefined, seconds: number): string[] {
  const rate = (name: string) => {
    if (!before || seconds <= 0) return NOT_KNOWN;
    const passed = (now.counts[name] ?? 0) - (before.counts[name] ?? 0);
    return (Math.max(0, passed) / seconds).toFixed(1);
  };
  const { queue, ready, inFlight, consumers, deadLetters, oldest } = now;
  return [
    queue,
    figure(ready),
    figure(inFlight),
    figure(consumers),
    rate('received'),
    rate('done'),
    rate('retried'),
    figure(deadLetters),
    oldest === undefined ? NOT_KNOWN : `${Math.round(oldest)}s`,
  ];
}

function budgetRow({ name, state }: BudgetSight): string[] {
  if (!state) return [name, ...Array<string>(4).fill(NOT_KNOWN), 'gone'];
  const { calls, waiting, minute, limits, paused, blockedMs, closedMs } = state;
  const of = (used: number, limit: number | undefined) =>
    limit === undefined ? String(used) : `${used}/${limit}`;
  const total = limits.minute.total ?? sum(limits.minute.input, limits.minute.output);
  return [
    name,
    String(calls),
    String(waiting),
    of(minute.requests, limits.minute.requests),
    of(minute.input + minute.output, total),
    stateOf({ paused, blockedMs, closedMs }),
  ];
}

function sum(input: number | undefined, output: number | undefined): number | undefined {
  return input === undefined || output === undefined ? undefined : input + output;
}

function stateOf(state: { paused: boolean; blockedMs: number; closedMs: number }): string {
  if (state.paused) return 'paused';
  if (state.blockedMs > 0) return `blocked ${Math.ceil(state.blockedMs / 1000)}s`;
  return state.closedMs > 0 ? `closed ${Math.ceil(state.closedMs / 1000)}s` : 'open';
}

const figure = (value: number | undefined): string =>
  value === undefined ? NOT_KNOWN : String(value);

/** Columns without lines: the first to the left, figures to the right. */
function table(head: string[], rows: string[][], none: string): string {
  if (rows.length === 0) return none;
  const lines = Object.fromEntries(
    ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
      [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((place) => [place, '']),
    ),
  );
  const made = new Table({
    head,
    chars: { ...lines, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_name, at) => (at === 0 ? 'left' : 'right')),
  });
  made.push(...rows);
  return made.toString();
}
