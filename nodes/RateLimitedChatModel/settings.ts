import type { ISupplyDataFunctions } from 'n8n-workflow';

import { InputError, RESERVE_OUTPUT, type BudgetLimits } from '../../src/index';
import { readBudgetName, readLimits } from '../shared/budgetForm';

/** What the form says. */
export interface GateSettings {
  readonly budget: string;
  readonly limitsIfNew: BudgetLimits | undefined;
  readonly reserve: (typeof RESERVE_OUTPUT)[number];
  /** Longest wait of one call, ms. */
  readonly longestMs: number;
  readonly charsPerToken: number;
  /** Tokens of an answer when the model sets no maximum. */
  readonly longestAnswer: number;
  readonly tenant: string;
}

/**
 * The longest wait stays below the usual run limit of the trigger, 25 minutes from the delivery: a run that waited until then would end
 * as a failure that counts, and not as throttled.
 */
export const DEFAULTS = {
  reserve: 'learned',
  longestWaitMinutes: 20,
  charsPerToken: 4,
  longestAnswer: 4096,
} as const;

/** Least and most. */
export const RANGES = {
  longestWaitMinutes: [0, 1440],
  charsPerToken: [0.5, 20],
  longestAnswer: [1, 10_000_000],
} as const;

type Context = Pick<ISupplyDataFunctions, 'getNodeParameter' | 'evaluateExpression'>;

/** @throws InputError naming the field */
export function readGateSettings(context: Context, itemIndex: number): GateSettings {
  const ask = (name: string): unknown => context.getNodeParameter(name, itemIndex, null);
  const minutes = numberIn(ask('longestWaitMinutes'), 'longestWaitMinutes', 'Longest Wait');
  return {
    budget: readBudgetName(ask('budget')),
    limitsIfNew: readLimits(ask('limitsIfNew')),
    reserve: reserveIn(ask('reserve')),
    longestMs: minutes * 60_000,
    charsPerToken: numberIn(ask('options.charsPerToken'), 'charsPerToken', 'Characters per Token'),
    longestAnswer: Math.ceil(
      numberIn(ask('options.longestAnswer'), 'longestAnswer', 'Longest Answer (Tokens)'),
    ),
    tenant: text(ask('options.tenant')) ?? text(itemsTenant(context, itemIndex)) ?? '',
  };
}

/** n8n sends an option only when a person added it, so that its default expression has to be asked for. */
function itemsTenant(context: Context, itemIndex: number): unknown {
  try {
    return context.evaluateExpression('{{ $json.tenant }}', itemIndex);
  } catch {
    // An item without data, as before the first run: nobody's.
    return undefined;
  }
}

function reserveIn(value: unknown): GateSettings['reserve'] {
  const found = RESERVE_OUTPUT.find((each) => each === value);
  if (found) return found;
  if (value === undefined || value === null || value === '') return DEFAULTS.reserve;
  throw new InputError(
    'Reserve for Answers',
    'is neither "learned" nor "strict"',
    'Choose one of the list.',
  );
}

function numberIn(value: unknown, name: keyof typeof RANGES, label: string): number {
  if (value === undefined || value === null || value === '') return DEFAULTS[name];
  const [least, most] = RANGES[name];
  const number = Number(value);
  if (number >= least && number <= most) return number;
  throw new InputError(label, 'is out of range', `Give a number from ${least} to ${most}.`);
}

function text(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  return String(value).trim() || undefined;
}
