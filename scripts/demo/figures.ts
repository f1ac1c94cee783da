import { readFile } from 'node:fs/promises';
import { summarise, type Provider } from '../../test/support/provider';
import type { DeadLetter } from './broker';
import { POISON } from './references';
import type { Figure } from './table';
import type { Work } from './work';
import type { World } from './world';

/** Counted with the trigger stopped: what is in the queue then was never settled. */
export async function countFigures(world: World, work: Work): Promise<Figure[]> {
  const { witness, broker, queue, documents, standIn } = world;
  const sent = work.dispatched + POISON.length;
  const left = await broker.ready(queue);
  const letters = await broker.deadLetters(`${queue}.dead`);
  const failedRuns = letters.filter(({ reason }) => reason.startsWith('run_')).length;
  const dropped = sent - left - letters.length - witness.total;
  const copies = work.references.length - documents.length;
  return [
    { name: 'tasks dispatched', value: work.dispatched, expected: work.references.length },
    { name: 'poisoned messages beside them', value: POISON.length },
    { name: 'runs', value: witness.total + failedRuns, expected: documents.length },
    { name: 'documents summarised', value: witness.distinct, expected: documents.length },
    { name: 'duplicates dropped', value: dropped, expected: copies },
    {
      name: 'dead-lettered',
      value: letters.length,
      expected: POISON.length,
      wrong: reasonsOff(letters),
      details: byReason(letters),
    },
    { name: 'left in the queue', value: left, expected: 0 },
    ...(standIn ? await toldByStandIn(world, standIn) : [{ name: 'LLM calls', value: 'not seen' }]),
    { name: 'seconds', value: work.seconds },
  ];
}

/** What is wrong with the reasons as a whole, if they are not those of the poison. */
export function reasonsOff(letters: DeadLetter[]): string | undefined {
  const wanted = POISON.map(({ reason }) => reason).sort();
  const found = letters.map(({ reason }) => reason).sort();
  if (JSON.stringify(wanted) === JSON.stringify(found)) return undefined;
  return `the reasons must be ${wanted.join(', ')}`;
}

/** A line for each reason and message: a provider that is away gives hundreds of one kind. */
export function byReason(letters: DeadLetter[]): string[] {
  const counts = new Map<string, number>();
  for (const { reason, message } of letters) {
    const line = `${reason}: ${message}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].sort().map(([line, count]) => `${count} ${line}`);
}

async function toldByStandIn(world: World, { calls }: Provider): Promise<Figure[]> {
  const expected = world.documents.length;
  return [
    { name: 'LLM calls', value: calls.length, expected },
    { name: 'summaries that fit', value: await fitting(world), expected },
  ];
}

/** The stand-in's answers can be told from the documents: what was stored must be about the right one. */
async function fitting({ documents, witness }: World): Promise<number> {
  let count = 0;
  for (const { id, path } of documents) {
    const expected = summarise(await readFile(path, 'utf8'));
    const bodies = witness.bodies(id);
    if (bodies.length > 0 && bodies.every((body) => summaryIn(body) === expected)) count += 1;
  }
  return count;
}

function summaryIn(body: string): unknown {
  return (JSON.parse(body) as { summary?: unknown }).summary;
}
