import { InputError } from '../../src/index';

/** Setting of the engine (`hosts`, `tls.ca`) to the label a person sees beside its field. */
export type Labels = Readonly<Record<string, string>>;

/**
 * Runs `read`; an InputError about a setting of the engine comes out naming the field of the form instead. The longest
 * label that covers the path wins: `hosts.0.port` is shown as "Hosts".
 */
export function inFormWords<T>(labels: Labels, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const label = labelOf(labels, error.field);
    if (label === undefined) throw error;
    const problem = error.message.slice(`${error.field}: `.length);
    throw new InputError(label, problem, error.remedy.replaceAll(error.field, label));
  }
}

function labelOf(labels: Labels, field: string): string | undefined {
  const parts = field.split('.');
  for (let length = parts.length; length > 0; length -= 1) {
    const label = labels[parts.slice(0, length).join('.')];
    if (label !== undefined) return label;
  }
  return undefined;
}
