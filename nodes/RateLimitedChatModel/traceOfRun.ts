import { NodeConnectionTypes, type INode, type ISupplyDataFunctions } from 'n8n-workflow';

import { telemetry } from '../../src/index';
import type { CallerContext } from '../shared/callerDeliveries';
import { DeliveryFinder, type DeliveryContext } from '../shared/findDelivery';
import { traceOfDelivery } from '../shared/trace';

/** n8n has it in every sub-node, its types do not (seen in n8n-core 2.40). */
type SubNodeContext = ISupplyDataFunctions & CallerContext & { readonly parentNode?: INode };

/** The trace of the delivery that the run works on, where somebody records it. */
export function traceOfRun(context: ISupplyDataFunctions, itemIndex: number): string | undefined {
  if (!telemetry().tracing) return undefined;
  try {
    // What a sub-node cannot do is to look at the run that called its own, which is not asked for here.
    const finder = new DeliveryFinder(asItsParent(context as SubNodeContext));
    return traceOfDelivery(finder.taskOf(itemIndex)?.swarm);
  } catch {
    // A run that has nothing to do with a delivery.
    return undefined;
  }
}

/** The items are those of the node that the model serves, and so is the way back to the start: by itself a sub-node has neither. */
function asItsParent(context: SubNodeContext): DeliveryContext {
  return Object.create(context, {
    getInputData: { value: () => context.getInputData(0, NodeConnectionTypes.Main) },
    getNode: { value: () => context.parentNode ?? context.getNode() },
  }) as DeliveryContext;
}
