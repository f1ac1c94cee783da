import type { IExecuteFunctions } from 'n8n-workflow';

import { nodeError } from './nodeError';

export type DeliveryContext = Pick<
  IExecuteFunctions,
  'getNode' | 'getInputData' | 'getParentNodes' | 'evaluateExpression' | 'getExecutionContext'
>;

const TRIGGER = /\.agentSwarmTrigger$/;

/**
 * Finds the delivery that an item belongs to, and never guesses. In this order:
 *
 * 1. the field Delivery
 * 2. `swarm.delivery` of the item itself
 * 3. the item of the trigger that this one is paired with; after an AI Agent, Code or on an error branch too
 * 4. the only item the trigger gave out; after nodes that lose the pairing, such as Aggregate
 *
 * @returns the token, unchecked
 * @throws NodeOperationError when none of these says it
 */
export function findDelivery(
  context: DeliveryContext,
  index: number,
  given: string | undefined,
): string {
  if (given !== undefined) return given;
  return ofItem(context, index) ?? ofTrigger(context, index) ?? notFound(context, index);
}

function ofItem(context: DeliveryContext, index: number): string | undefined {
  const swarm = context.getInputData()[index]?.json.swarm;
  const token = (swarm as { delivery?: unknown } | null | undefined)?.delivery;
  return typeof token === 'string' && token !== '' ? token : undefined;
}

function ofTrigger(context: DeliveryContext, index: number): string | undefined {
  const name = triggerName(context);
  if (name === undefined) return undefined;
  const trigger = `$(${JSON.stringify(name)})`;
  return (
    evaluated(context, index, `${trigger}.item.json.swarm.delivery`) ??
    evaluated(
      context,
      index,
      `${trigger}.all().length === 1 ? ${trigger}.first().json.swarm.delivery : null`,
    )
  );
}

/** Older hosts do not say which trigger started the run; then it is the only one before this node. */
function triggerName(context: DeliveryContext): string | undefined {
  const started = context.getExecutionContext?.()?.triggerNode?.name;
  if (started !== undefined) return started;
  const before = context
    .getParentNodes(context.getNode().name)
    .filter(({ type, disabled }) => TRIGGER.test(type) && !disabled);
  return before.length === 1 ? before[0]?.name : undefined;
}

function evaluated(context: DeliveryContext, index: number, code: string): string | undefined {
  try {
    const token = context.evaluateExpression(`{{ ${code} }}`, index);
    return typeof token === 'string' && token !== '' ? token : undefined;
  } catch {
    // The pairing is lost, or the trigger is in another workflow: the next way, or a clear error.
    return undefined;
  }
}

function notFound(context: DeliveryContext, itemIndex: number): never {
  throw nodeError(context.getNode(), 'no delivery', {
    message: 'Delivery: it is not clear which delivery this item belongs to',
    description:
      'Add the option Delivery and give it swarm.delivery of the item that Agent Swarm Trigger gave out. Nodes that merge items, and sub-workflows, lose the trace: pass swarm along with the items there.',
    itemIndex,
  });
}
