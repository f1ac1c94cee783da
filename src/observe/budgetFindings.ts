import type { MonitorSettings, Trouble } from '../contract/monitor';
import { above, alarmOf, type Finding } from './finding';
import type { BudgetSight } from './look';

/** Share of a limit of a day from which on it counts as used up. */
const USED_UP = 0.9;
/** The same of a limit of a minute, while calls wait: the next call may well be larger than what is left. */
const HALF = 0.5;

type State = NonNullable<BudgetSight['state']>;

/** Every state of a budget. */
export function budgetFindings({ name, state }: BudgetSight, settings: MonitorSettings): Finding[] {
  if (!state) return [];
  return [
    blocked(name, state),
    ...(['minute', 'day'] as const).flatMap((span) => usedUp(name, state, span, settings)),
  ];
}

/** One that is named and that nobody has made: what uses it waits. */
export function missingBudget(name: string, isKnown: boolean): Finding {
  return {
    ...base('budget_blocked', name),
    seen: isKnown ? 'trouble' : 'unknown',
    text: `There is no budget "${name}": what uses it waits.`,
    remedy: 'Make it with Budget: Create or Update, or correct the name in Budgets.',
  };
}

const base = (trouble: Trouble, name: string, part?: string) => ({
  ...{ trouble, of: 'budget' as const, name, vhost: null },
  alarm: alarmOf(trouble, name, part),
});

function blocked(name: string, { paused, blockedMs }: State): Finding {
  const seconds = Math.ceil(blockedMs / 1000);
  const found = { ...base('budget_blocked', name), value: seconds };
  if (paused) {
    const text = `Budget "${name}" is paused by a person.`;
    return { ...found, seen: 'trouble', text, remedy: 'Budget: Resume opens it.' };
  }
  const isBlocked = blockedMs > 0;
  return {
    ...found,
    seen: isBlocked ? 'trouble' : 'well',
    text: `Budget "${name}" is ${isBlocked ? `blocked for ${seconds} s` : 'open'}.`,
    remedy:
      'The provider pushed back: lower the limits of the budget to what it grants, or see what else uses its key.',
  };
}

function usedUp(
  name: string,
  state: State,
  span: 'minute' | 'day',
  { endBelow, fullMs }: MonitorSettings,
): Finding[] {
  const most = mostUsed(state, span);
  if (!most) return [];
  const { share, constraint } = most;
  const { waiting } = state;
  const percent = Math.round(share * 100);
  const found = {
    ...base('budget_used_up', name, span),
    value: percent,
    text: `Budget "${name}" has used ${percent} % of its ${constraint} a ${span}; ${waiting} calls wait.`,
    remedy: 'Raise the limit with the provider and in the budget, or send fewer tasks.',
  };
  if (span === 'day') {
    return [{ ...found, seen: above(share, USED_UP, endBelow), limit: USED_UP * 100 }];
  }
  const seen = waiting > 0 && share >= HALF ? 'trouble' : 'well';
  return [{ ...found, seen, limit: HALF * 100, beginMs: fullMs }];
}

const LABELS = {
  requests: 'requests',
  input: 'input tokens',
  output: 'output tokens',
  total: 'tokens',
} as const;

/** The constraint of a span that is used most, by its share of the limit. */
function mostUsed(
  state: State,
  span: 'minute' | 'day',
): { constraint: string; share: number } | undefined {
  const { requests, input, output } = state[span];
  const used = { requests, input, output, total: input + output };
  return (['requests', 'input', 'output', 'total'] as const)
    .flatMap((one) => {
      const limit = state.limits[span][one];
      return limit === undefined ? [] : [{ constraint: LABELS[one], share: used[one] / limit }];
    })
    .sort((one, other) => other.share - one.share)[0];
}
