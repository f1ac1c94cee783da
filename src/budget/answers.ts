import { budgetSchema, type BudgetLimits } from '../contract/budget';
import type {
  Amount,
  BudgetState,
  Constraint,
  CreateVerdict,
  ReserveVerdict,
} from '../contract/budgetVerdicts';

/** As reserveScript answers for one call. */
export function reserveVerdict(id: string, answer: readonly string[]): ReserveVerdict {
  const [kind, first = '', second = '', third = '', fourth] = answer;
  switch (kind) {
    case 'granted': {
      const reserved = amountOf([first, second, third].map(Number));
      return { kind, id, reserved, waited: fourth === '1' };
    }
    case 'wait':
      return {
        kind,
        constraint: first as Constraint,
        ms: Number(second),
        askAgainMs: Number(third),
      };
    case 'oversized':
      return {
        kind,
        constraint: first as Constraint,
        limit: Number(second),
        asked: Number(third),
      };
    case 'blocked':
    case 'closed':
      return { kind, ms: Number(first) };
    case 'paused':
    case 'unknown':
      return { kind };
    default:
      throw new Error(`the store answered an unknown verdict: ${String(kind)}`);
  }
}

/** As createScript answers. */
export function createVerdict([kind, closedMs]: readonly string[]): CreateVerdict {
  if (kind === 'created') return { kind, closedMs: Number(closedMs) };
  return { kind: kind as 'updated' | 'exists' };
}

/** As stateScript answers; undefined when there is no such budget. */
export function stateOf(answer: readonly string[]): BudgetState<BudgetLimits> | undefined {
  const [limits, ...figures] = answer;
  if (limits === undefined) return undefined;
  const numbers = figures.map(Number);
  const [input = 0, output = 0, calls = 0, waiting = 0, paused, blockedMs = 0, closedMs = 0] =
    numbers.slice(6);
  const window = numbers[13] ?? -1;
  return {
    limits: budgetSchema.parse(JSON.parse(limits)),
    minute: amountOf(numbers),
    day: amountOf(numbers.slice(3)),
    reserved: { input, output },
    calls,
    ...(window >= 0 && { window }),
    waiting,
    paused: paused === 1,
    blockedMs,
    closedMs,
  };
}

function amountOf([requests = 0, input = 0, output = 0]: readonly number[]): Amount {
  return { requests, input, output };
}
