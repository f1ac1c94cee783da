import type { IExecuteFunctions, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { InputError, messageOf } from '../../src/index';
import { atPath, hasExpression, shortCut } from './expressions';

/** What is needed of n8n to read a form. */
export type ParameterContext = Pick<
  IExecuteFunctions,
  'getNode' | 'getNodeParameter' | 'getInputData' | 'isToolExecution'
>;

/** What a field may hold when it holds something. */
type Filled = string | number | boolean | bigint | object;

/** Reads one field for one item. */
export type Read<T> = (index: number) => T;

/**
 * The one reader of a node's form. Each field is made ready once for an execution: what holds no expression is asked of n8n once
 * and not again for every item, because asking is slow. n8n sends only the options that a person added; what is not there, and
 * what is blank or null, is undefined, and the engine's default holds.
 *
 * Paths are those of the form, such as `options.tenant`; labels are the names a person sees.
 */
export class Parameters {
  private readonly given: INodeParameters;
  private readonly items: INodeExecutionData[];

  constructor(private readonly context: ParameterContext) {
    this.given = context.getNode().parameters;
    // In a tool $json is the agent's item, not what the tool was called with.
    this.items = context.isToolExecution?.() ? [] : context.getInputData();
  }

  /** @throws InputError when the value is a list or an object */
  text(path: string, label: string): Read<string | undefined> {
    return this.field(path, label, (value) => asText(value, label));
  }

  /** A time as ISO text, also from a date of an expression. */
  time(path: string, label: string): Read<string | undefined> {
    return this.field(path, label, (value) => {
      if (value instanceof Date) return value.toISOString();
      const iso = (value as { toISO?: unknown }).toISO;
      if (typeof iso === 'function') return String(iso.call(value));
      return asText(value, label);
    });
  }

  /** NaN for what is no number; the engine then says so. */
  number(path: string, label: string): Read<number | undefined> {
    return this.field(path, label, (value) => {
      if (typeof value === 'number') return value;
      const text = typeof value === 'string' ? value.trim() : 'not a number';
      return text === '' ? undefined : Number(text);
    });
  }

  flag(path: string, label: string): Read<boolean> {
    const read = this.field(path, label, (value) => value === true || value === 'true');
    return (index) => read(index) ?? false;
  }

  /** JSON, written as text or given by an expression. @throws InputError when the text is not JSON */
  json(path: string, label: string): Read<unknown> {
    return this.field(path, label, (value) => {
      if (typeof value !== 'string') return value;
      if (value.trim() === '') return undefined;
      try {
        return JSON.parse(value) as unknown;
      } catch (error) {
        throw new InputError(
          label,
          `is not JSON: ${messageOf(error)}`,
          'Correct the JSON. In an expression give the object itself, as in {{ $json.document }}.',
        );
      }
    });
  }

  private field<T>(
    path: string,
    label: string,
    convert: (value: Filled) => T | undefined,
  ): Read<T | undefined> {
    const raw = atPath(this.given, path.split('.'));
    if (raw === undefined) return () => undefined;
    const converted = (value: unknown) =>
      value === undefined || value === null ? undefined : convert(value);
    if (!hasExpression(raw)) return once(() => converted(this.ask(path, 0)));
    const short = shortCut(raw);
    return (index) => {
      const json = this.items[index]?.json;
      const value = (short && json ? short(json) : undefined) ?? this.ask(path, index);
      // Left out in silence, a misspelt field would make every item the same task, and all but one a duplicate.
      if (value === undefined) throw gaveNothing(label);
      return converted(value);
    };
  }

  private ask(path: string, index: number): unknown {
    return this.context.getNodeParameter(path, index);
  }
}

/** Reads at the first item and remembers; so does an error, which is every item's. */
function once<T>(read: () => T): Read<T> {
  let known: { value: T } | { error: unknown } | undefined;
  return () => {
    if (!known) {
      try {
        known = { value: read() };
      } catch (error) {
        known = { error };
      }
    }
    if ('error' in known) throw known.error;
    return known.value;
  };
}

function asText(value: Filled, label: string): string | undefined {
  if (typeof value !== 'object') return String(value) || undefined;
  throw new InputError(label, 'is an object or a list, not text', 'Give one of its fields.');
}

function gaveNothing(label: string): InputError {
  return new InputError(
    label,
    'its expression gave nothing for this item',
    'Correct the expression. Where the field may be missing, let it give null: {{ $json.field ?? null }}.',
  );
}
