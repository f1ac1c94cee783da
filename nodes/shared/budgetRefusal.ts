import type { INode, NodeOperationError } from 'n8n-workflow';

import type { BudgetLimits, CallVerdict, Constraint, Waits } from '../../src/index';
import { limitFields } from './budgetFields';
import { nodeError } from './nodeError';

export type Refusal = Exclude<CallVerdict, { kind: 'begun' }>;

/** Where the form has what stands in the way. */
const FIELDS: Record<Exclude<Constraint, 'line'>, string> = {
  requests_minute: 'requestsPerMinute',
  input_minute: 'inputPerMinute',
  output_minute: 'outputPerMinute',
  total_minute: 'tokensPerMinute',
  requests_day: 'requestsPerDay',
  input_day: 'inputPerDay',
  output_day: 'outputPerDay',
  total_day: 'tokensPerDay',
  calls: 'callsAtOnce',
  adaptive: 'adaptive',
  pacing: 'burstPercent',
  tenant_share: 'tenantPercent',
};
const PAUSED_MS = 60_000;

/**
 * A budget's no as n8n shows it. Its status and when to try again stand in the message as well: on the way through agents and chains, to
 * the trigger in queue mode and to an error output, the message is what is never lost. 429 is settled as throttled, 413 is final.
 */
export function refusalError(
  node: INode,
  budget: string,
  refusal: Refusal,
  limits: BudgetLimits | undefined,
): NodeOperationError {
  switch (refusal.kind) {
    case 'waited_out': {
      const { last, waitedMs } = refusal;
      const seconds = Math.ceil(
        Math.max(1000, last.kind === 'paused' ? PAUSED_MS : last.ms) / 1000,
      );
      return withStatus('429', node, {
        message: `Budget "${budget}" ${whyWaiting(last, waitedMs, limits)} (HTTP 429, try again in ${seconds} s)`,
        description:
          'The model was not asked. Let fewer runs go at once (Prefetch of Agent Swarm Trigger), raise Longest Wait, or raise the limit if the provider grants more.',
      });
    }
    case 'oversized': {
      const { constraint, limit, asked } = refusal;
      return withStatus('413', node, {
        message: `This call is larger than budget "${budget}" can ever grant: ${labelOf(constraint)} is ${limit}, and it needs ${asked} (HTTP 413)`,
        description:
          'The model was not asked. Shorten the prompt, lower Maximum Number of Tokens of the model or Longest Answer here, or raise the limit.',
      });
    }
    case 'unknown':
      return nodeError(node, `There is no budget "${budget}"`, {
        message: `There is no budget "${budget}"`,
        description:
          'Set Limits if New in this node, so that the first use creates it, or create it with Agent Swarm, Budget: Create or Update.',
      });
  }
}

/** The run was stopped, or ended without this call. */
export function endedBefore(node: INode, budget: string): NodeOperationError {
  const message = `The run ended while this call waited for budget "${budget}"`;
  return nodeError(node, message, { message });
}

function withStatus(
  httpCode: string,
  node: INode,
  wording: { message: string; description: string },
): NodeOperationError {
  return Object.assign(nodeError(node, wording.message, wording), { httpCode });
}

function whyWaiting(last: Waits, waitedMs: number, limits: BudgetLimits | undefined): string {
  const waited = `within ${Math.round(waitedMs / 1000)} s`;
  switch (last.kind) {
    case 'wait':
      return `had no room for this call ${waited}: ${reasonOf(last.constraint, limits)}`;
    case 'blocked':
      return 'is blocked, because the provider refused a call as one too many';
    case 'closed':
      return 'is closed, because the store may have lost what was charged';
    case 'paused':
      return 'is paused by a person';
  }
}

function reasonOf(constraint: Constraint, limits: BudgetLimits | undefined): string {
  const figure = limits && figureOf(constraint, limits);
  return figure === undefined ? labelOf(constraint) : `${labelOf(constraint)} is ${figure}`;
}

/** As the form shows it. */
function labelOf(constraint: Constraint): string {
  if (constraint === 'line') return 'others came earlier';
  const name = FIELDS[constraint];
  return limitFields.find((field) => field.name === name)?.displayName ?? constraint;
}

function figureOf(constraint: Constraint, limits: BudgetLimits): number | undefined {
  if (constraint === 'calls') return limits.calls;
  if (constraint === 'tenant_share') return limits.tenantShare * 100;
  const [metric = '', span = ''] = constraint.split('_');
  const amounts = (limits as unknown as Record<string, Record<string, number> | undefined>)[span];
  return amounts?.[metric];
}
