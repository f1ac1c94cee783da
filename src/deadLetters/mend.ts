import { InputError } from '../contract/errors';
import type { Delivery } from '../contract/message';
import { firstProblem, referenceSchema, type Json, type JsonObject } from '../contract/reference';
import { HEADER, MAX_REFERENCE_BYTES } from '../contract/wire';
import { jsonOf } from './letter';

const FIELD = 'Edit';

/**
 * The body of a letter with an edit laid over it, a JSON Merge Patch (RFC 7396): what is null there goes, objects are merged, all else
 * is put in its place. A body that is not JSON is replaced.
 *
 * @throws InputError when what comes out is no reference, or the letter's data stands apart and the edit touches it
 */
export function mend({ body, headers }: Delivery, edit: JsonObject): Buffer {
  const claim = headers[HEADER.dataClaim];
  if (claim !== undefined && 'data' in edit) {
    throw new InputError(
      FIELD,
      `has data, but that of this letter is stored apart, under ${JSON.stringify(claim)}`,
      'Load it, mend it, dispatch it as a new task, and discard the letter.',
    );
  }
  const mended = merge(jsonOf(body.toString()), edit);
  const read = referenceSchema.safeParse(mended);
  if (!read.success) {
    const { field, problem } = firstProblem(read.error);
    throw new InputError(FIELD, `makes no task: ${field}: ${problem}`, `Give ${field} as well.`);
  }
  const made = Buffer.from(JSON.stringify(mended));
  if (made.length <= MAX_REFERENCE_BYTES) return made;
  throw new InputError(
    FIELD,
    `makes a task of ${made.length} bytes, more than ${MAX_REFERENCE_BYTES}`,
    'Store what is long (Payload: Store), and give its claim as ref.',
  );
}

/** Built from entries: a field named `__proto__` is one like any other. */
function merge(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, merge(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
