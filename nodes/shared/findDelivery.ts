import type {
  IDataObject,
  IExecuteFunctions,
  INodeExecutionData,
  NodeOperationError,
} from 'n8n-workflow';

import { callerDeliveries, type CallerContext } from './callerDeliveries';
import { deliveriesOf, deliveryOf } from './deliveryOf';
import { nodeError } from './nodeError';
import { StartItems, type StartContext } from './startItems';

export type DeliveryContext = StartContext &
  CallerContext &
  Pick<IExecuteFunctions, 'getInputData'>;

/** Finds the deliveries that items of one execution of a node belong to. */
export class DeliveryFinder {
  private readonly items: readonly INodeExecutionData[];
  private start: { readonly items: StartItems | undefined } | undefined;
  private callers: Promise<string[]> | undefined;

  constructor(private readonly context: DeliveryContext) {
    this.items = context.getInputData();
  }

  /**
   * Never guesses. In this order:
   *
   * 1. the field Delivery
   * 2. `swarm.delivery` of the item itself
   * 3. the item that the run began with and this one is paired with; after an AI Agent, Code or on an error branch too
   * 4. the only delivery that the run began with; after nodes that lose the pairing, such as Aggregate
   * 5. in a sub-workflow, the only delivery of the run that called it
   *
   * @returns the token, unchecked
   * @throws NodeOperationError when none of these says it
   */
  async find(index: number, given: string | undefined): Promise<string> {
    const near = given ?? deliveryOf(this.items[index]?.json) ?? this.ofStart(index);
    if (near !== undefined) return near;
    const all = await (this.callers ??= callerDeliveries(this.context));
    const [only] = all;
    if (only !== undefined && all.length === 1) return only;
    throw this.notFound(index, all.length);
  }

  /**
   * The task as the trigger gave it out: the item itself when it still names its delivery, else the one it is paired with, else the only
   * one that the run began with. Undefined in a sub-workflow.
   */
  taskOf(index: number): IDataObject | undefined {
    const own = this.items[index]?.json;
    if (deliveryOf(own) !== undefined) return own;
    const { items } = (this.start ??= { items: StartItems.of(this.context) });
    const [only] = items?.all ?? [];
    const found = items?.paired(index) ?? (items?.all.length === 1 ? only : undefined);
    return deliveryOf(found?.json) === undefined ? undefined : found?.json;
  }

  /**
   * The whole task of a delivery, as the trigger gave it out: the item itself, the one it is paired with, or any that the run began with.
   * Undefined in a sub-workflow, and when nothing names its content any more.
   */
  taskNamed(index: number, delivery: string): IDataObject | undefined {
    const { items } = (this.start ??= { items: StartItems.of(this.context) });
    const near = [this.items[index]?.json, items?.paired(index)?.json];
    const all = [...near, ...(items?.all ?? []).map(({ json }) => json)];
    return all.find(
      (json) =>
        deliveryOf(json) === delivery &&
        typeof json?.task_id === 'string' &&
        typeof json.intent === 'string',
    );
  }

  /**
   * As `find`; undefined in a run that has nothing to do with a delivery.
   *
   * @throws NodeOperationError when it is one of several, and none of the above says which
   */
  async findIfAny(index: number, given: string | undefined): Promise<string | undefined> {
    const near = given ?? deliveryOf(this.items[index]?.json) ?? this.ofStart(index);
    if (near !== undefined) return near;
    const all = await (this.callers ??= callerDeliveries(this.context));
    const begun = deliveriesOf(this.start?.items?.all ?? []);
    return all.length + begun.length === 0 ? undefined : await this.find(index, given);
  }

  private ofStart(index: number): string | undefined {
    const { items } = (this.start ??= { items: StartItems.of(this.context) });
    if (!items) return undefined;
    const [only] = items.all;
    return (
      deliveryOf(items.paired(index)?.json) ??
      (items.all.length === 1 ? deliveryOf(only?.json) : undefined)
    );
  }

  private notFound(itemIndex: number, ofCaller: number): NodeOperationError {
    const calledBy =
      ofCaller > 1 ? `: the run that called this workflow works on ${ofCaller} of them` : '';
    return nodeError(this.context.getNode(), 'no delivery', {
      message: `Delivery: it is not clear which delivery this item belongs to${calledBy}`,
      description:
        'Add the option Delivery and give it swarm.delivery of the item that Agent Swarm Trigger gave out. Nodes that merge items, and sub-workflows, lose the trace: pass swarm along with the items there.',
      itemIndex,
    });
  }
}

/** The deliveries that a node may touch in passing: those its items name, else the only one that the run began with. */
export function deliveriesInReach(context: DeliveryContext): string[] {
  const own = deliveriesOf(context.getInputData());
  if (own.length > 0) return own;
  const start = StartItems.of(context)?.all ?? [];
  return start.length === 1 ? deliveriesOf(start) : [];
}
