import type { MonitorSettings, Trouble } from '../contract/monitor';
import { above, alarmOf, type Finding } from './finding';
import type { BudgetSight } from './look';

/** Share of a limit from which on it counts as used up. */
const USED_UP = 0.9;

/** Every state of a budget. */
export function budgetFindings({ name, state }: BudgetSight, settings: MonitorSettings): Finding[] {
  const base = (trouble: Trouble, part?: string) => ({
    ...{ trouble, of: 'budget' as const, name, vhost: null },
    alarm: alarmOf(trouble, name, part),
  });
  if (!state) return [];
  const { paused, blockedMs, waiting } = state;
  const blocked: Finding = {
    ...base('budget_blocked'),
    seen: paused || blockedMs > 0 ? 'trouble' : 'well',
    value: Math.ceil(blockedMs / 1000),
    text: paused
      ? `Budget "${name}" is paused by a person.`
      : `Budget "${name}" is blocked for ${Math.ceil(blockedMs / 1000)} s.`,
    remedy: paused
      ? 'Budget: Resume opens it.'
      : 'The provider pushes back: lower the limits of the budget to what it grants, or see what else uses its key.',
  };
  const used = (['minute', 'day'] as const).flatMap((span): Finding[] => {
    const most = mostUsed(state, span);
    if (!most) return [];
    const seen = above(most.share, USED_UP, settings.endBelow);
    const isIdle = span === 'minute' && waiting === 0;
    return [
      {
        ...base('budget_used_up', span),
        seen: isIdle && seen === 'trouble' ? 'well' : seen,
        ...{ value: Math.round(most.share * 100), limit: USED_UP * 100 },
        ...(span === 'minute' && { beginMs: settings.fullMs }),
        text: `Budget "${name}" has used ${Math.round(most.share * 100)} % of its ${most.constraint} a ${span}; ${waiting} calls wait.`,
        remedy: 'Raise the limit with the provider and in the budget, or send fewer tasks.',
      },
    ];
  });
  return [blocked, ...used];
}

/** The constraint of a span that is used most, by its share of the limit. */
function mostUsed(
  state: NonNullable<BudgetSight['state']>,
  span: 'minute' | 'day',
): { constraint: string; share: number } | undefined {
  const { requests, input, output } = state[span];
  const used = { requests, input, output, total: input + output };
  const labels = {
    requests: 'requests',
    input: 'input tokens',
    output: 'output tokens',
    total: 'tokens',
  };
  return (['requests', 'input', 'output', 'total'] as const)
    .flatMap((one) => {
      const limit = state.limits[span][one];
      return limit === undefined ? [] : [{ constraint: labels[one], share: used[one] / limit }];
    })
    .sort((one, other) => other.share - one.share)[0];
}
