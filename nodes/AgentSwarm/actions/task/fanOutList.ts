import { InputError, type ChildRequest } from '../../../../src/index';
import { unlessEmpty } from './unlessEmpty';

const LABEL = 'Children';
const REMEDY =
  'Give a list of objects with intent, ref, data, tenant, priority, task_id, queue, or of texts.';

/** The children of a list, as an agent may have written it. @throws InputError naming the entry */
export function childrenOfList(given: unknown, form: ChildRequest): ChildRequest[] {
  if (Array.isArray(given)) return given.map((entry, at) => childOf(entry, at, form));
  throw new InputError(LABEL, given === undefined ? 'is empty' : 'is not a list', REMEDY);
}

function childOf(entry: unknown, at: number, form: ChildRequest): ChildRequest {
  if (typeof entry === 'string') return { ...form, ref: entry };
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new InputError(LABEL, `entry ${at} is neither an object nor a text`, REMEDY);
  }
  const { queue, task_id: taskId, data, ...rest } = entry as Record<string, unknown>;
  const { intent, ref, tenant, priority, ...unknown } = rest;
  const [stray] = Object.keys(unknown);
  if (stray !== undefined) {
    throw new InputError(
      LABEL,
      `entry ${at} has a field "${stray}"`,
      `${REMEDY} Put the rest into data.`,
    );
  }
  const own = { intent, ref, data: unlessEmpty(data), tenant, priority, taskId };
  const told = Object.entries(own).filter(([, value]) => value !== undefined && value !== null);
  const to = queue === undefined || queue === null ? form.to : { kind: 'queue', queue };
  return { ...form, ...Object.fromEntries(told), to } as ChildRequest;
}
