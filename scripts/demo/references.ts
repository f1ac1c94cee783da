import type { RealDocument } from '../../test/support/documents';

/** A task as the dispatching workflow gets it from its list. */
export interface ReferenceDraft {
  intent: string;
  /** Where the document is. */
  ref: string;
  data: {
    title: string;
    /** Where its summary goes. */
    store: string;
  };
}

/** Every fourth document comes twice, so that a fifth of all references are duplicates. */
const COPY_EVERY = 4;

/** Copies stand right behind their originals and at the end of the list, by turns. */
export function referencesTo(
  documents: RealDocument[],
  addressOf: (id: string) => { ref: string; store: string },
): ReferenceDraft[] {
  const references: ReferenceDraft[] = [];
  const late: ReferenceDraft[] = [];
  documents.forEach(({ id, title }, index) => {
    const { ref, store } = addressOf(id);
    const reference = { intent: 'summarise', ref, data: { title, store } };
    references.push(reference);
    if (index % COPY_EVERY !== COPY_EVERY - 1) return;
    const copies = Math.floor(index / COPY_EVERY);
    (copies % 2 === 0 ? references : late).push(reference);
  });
  return [...references, ...late];
}

export interface Poison {
  /** For a person. */
  what: string;
  body: Buffer;
  /** What its dead letter must say. */
  reason: string;
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** What a careless producer sends. None of it may run, and none of it may stop the others. */
export const POISON: Poison[] = [
  { what: 'no JSON', body: Buffer.from('summarise, please'), reason: 'not_json' },
  { what: 'cut off', body: Buffer.from('{"task_id": "cut-off", "inte'), reason: 'not_json' },
  { what: 'not UTF-8', body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), reason: 'not_utf8' },
  {
    what: 'a number for a task_id',
    body: json({ task_id: 42, intent: 'summarise' }),
    reason: 'invalid_message',
  },
  {
    what: 'data that is a text',
    body: json({ task_id: 'wrong-data', intent: 'summarise', data: 'all of it' }),
    reason: 'invalid_message',
  },
  { what: 'no intent', body: json({ task_id: 'no-intent' }), reason: 'invalid_message' },
  {
    what: 'a deadline long past',
    body: json({ task_id: 'late', intent: 'summarise', deadline: '2020-01-01T00:00:00Z' }),
    reason: 'deadline_passed',
  },
];
