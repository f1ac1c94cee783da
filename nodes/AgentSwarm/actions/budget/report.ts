import type { IDataObject } from 'n8n-workflow';

import type { BudgetLimits, BudgetState } from '../../../../src/index';

type Amounts = BudgetLimits['minute'];

/** The state of a budget as items show it: times in seconds, names as on the wire. */
export function reportOf(budget: string, state: BudgetState<BudgetLimits>): IDataObject {
  const { limits, minute, day, reserved } = state;
  return {
    budget,
    exists: true,
    open: !state.paused && state.blockedMs === 0 && state.closedMs === 0,
    paused: state.paused,
    blocked_seconds: state.blockedMs / 1000,
    closed_seconds: state.closedMs / 1000,
    used: { minute: amounts(minute), day: amounts(day) },
    reserved: { input_tokens: reserved.input, output_tokens: reserved.output },
    calls_under_way: state.calls,
    calls_at_once: state.window ?? limits.calls ?? null,
    waiting: state.waiting,
    limits: {
      minute: amounts(limits.minute),
      day: amounts(limits.day),
      calls_at_once: limits.calls ?? null,
      share_per_tenant_percent: limits.tenantShare * 100,
      burst_percent: limits.burst * 100,
      guard_seconds: limits.guardMs / 1000,
      adaptive: limits.adaptive !== null,
    },
  };
}

function amounts({ requests, input, output, total }: Amounts): IDataObject {
  return {
    ...(requests !== undefined && { requests }),
    ...(input !== undefined && { input_tokens: input }),
    ...(output !== undefined && { output_tokens: output }),
    ...(total !== undefined && { tokens: total }),
  };
}
