import { readFile } from 'node:fs/promises';
import { summarise } from '../../test/support/provider';
import type { DeadLetter } from './broker';
import { POISON } from './references';
import type { Figure } from './table';
import type { Work } from './work';
import type { World } from './world';

/** Counted with the trigger stopped: what is in the queue then was never settled. */
export async function countFigures(world: World, work: Work): Promise<Figure[]> {
  const { witness, broker, queue, documents, standIn } = world;
  const sent = work.dispatched + POISON.length;
  const unsettled = await broker.ready(queue);
  const letters = await broker.deadLetters(`${queue}.dead`);
  const dropped = sent - unsettled - letters.length - witness.total;
  return [
    { name: 'tasks dispatched', value: work.dispatched, expected: work.references.length },
    { name: 'poisoned messages sent', value: POISON.length },
    { name: 'documents summarised', value: witness.distinct, expected: documents.length },
    { name: 'runs', value: witness.total, expected: documents.length },
    {
      name: 'duplicates dropped',
      value: dropped,
      expected: work.references.length - documents.length,
    },
    {
      name: 'dead-lettered',
      value: letters.length,
      expected: POISON.length,
      details: byReason(letters),
    },
    { name: 'left in the queue', value: unsettled, expected: 0 },
    ...(standIn
      ? [
          { name: 'LLM calls', value: standIn.calls.length, expected: documents.length },
          {
            name: 'summaries that fit',
            value: await fitting(world),
            expected: documents.length,
          },
        ]
      : [{ name: 'LLM calls', value: 'not seen' }]),
    { name: 'seconds', value: work.seconds },
  ];
}

/** Reasons that differ from those of the poison sent are told as such. */
export function reasonsOff(letters: DeadLetter[]): string[] {
  const wanted = POISON.map(({ reason }) => reason).sort();
  const found = letters.map(({ reason }) => reason).sort();
  if (JSON.stringify(wanted) === JSON.stringify(found)) return [];
  return [`WRONG: the reasons must be ${wanted.join(', ')}`];
}

function byReason(letters: DeadLetter[]): string[] {
  const lines = letters.map(({ reason, message }) => `${reason}: ${message}`).sort();
  return [...lines, ...reasonsOff(letters)];
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
