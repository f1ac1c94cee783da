import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import {
  fanOut,
  readToken,
  scopeOfQueue,
  withPublisher,
  withStore,
  type ChildRequest,
  type UseStore,
} from '../../../../src/index';
import { brokerOf } from '../../../shared/credentials';
import { DeliveryFinder } from '../../../shared/findDelivery';
import { failedItem } from '../../../shared/outcomes';
import { Parameters, type Read } from '../../../shared/parameters';
import { queuePath } from '../../../shared/queueForm';
import { readTrace } from '../../../shared/trace';
import type { Operation } from '../../operation';
import { depositsBeside } from '../../payloadAccess';
import { storeRequired } from '../../storeAccess';
import { fanOutForm } from './fanOutForm';
import { childrenOfList } from './fanOutList';
import { readChildForm, readGroupForm, type GroupForm } from './fanOutSettings';
import { deliveryOption } from './word';

/** Items of one fan-out, and its children, read when their turn comes. */
interface Wanted {
  readonly items: number[];
  readonly delivery: string | undefined;
  /** Among the groups of its delivery. */
  readonly nth: number;
  children(): ChildRequest[];
}

/** Task: Fan Out. One group, and one item, for each delivery; of a list for each item. */
export const fanOutOperation: Operation = {
  form: fanOutForm,
  async act(context) {
    const form = new Form(context);
    const results: INodeExecutionData[] = [];
    for (const wanted of await form.wanted()) {
      results.push('json' in wanted ? wanted : await form.fan(wanted));
    }
    return results;
  },
};

class Form {
  private readonly parameters: Parameters;
  private readonly finder: DeliveryFinder;
  private readonly group: Read<GroupForm>;
  private readonly child: Read<ChildRequest>;
  private readonly list: Read<unknown>;
  private readonly joinQueue: Read<string | undefined>;

  constructor(private readonly context: IExecuteFunctions) {
    const parameters = new Parameters(context);
    this.parameters = parameters;
    this.finder = new DeliveryFinder(context);
    const trace = readTrace(parameters, this.finder);
    this.group = readGroupForm(parameters, trace);
    this.child = readChildForm(parameters, queuePath(context), trace);
    this.list = parameters.json('children', 'Children');
    this.joinQueue = parameters.text('options.joinQueue', 'Join Queue');
  }

  /** In the order of the items; one whose delivery is unclear is an error of its own. */
  async wanted(): Promise<(Wanted | INodeExecutionData)[]> {
    const { context, parameters } = this;
    const given = parameters.text('options.delivery', deliveryOption.displayName);
    const isList = parameters.text('childrenFrom', 'Children From')(0) === 'list';
    const all: (Wanted | INodeExecutionData)[] = [];
    const groups = new Map<string, Wanted[]>();
    for (const index of context.getInputData().keys()) {
      try {
        const delivery = await this.finder.findIfAny(index, given(index));
        const known = groups.get(delivery ?? '') ?? [];
        const [first] = known;
        if (first && !isList) {
          first.items.push(index);
          continue;
        }
        const wanted = this.wantedOf(index, delivery, known.length, isList);
        groups.set(delivery ?? '', [...known, wanted]);
        all.push(wanted);
      } catch (error) {
        all.push(failedItem(context, error, [index]));
      }
    }
    return all;
  }

  async fan(wanted: Wanted): Promise<INodeExecutionData> {
    const { items } = wanted;
    try {
      return { json: await this.fanned(wanted), pairedItem: items.map((item) => ({ item })) };
    } catch (error) {
      return failedItem(this.context, error, items);
    }
  }

  private wantedOf(
    index: number,
    delivery: string | undefined,
    nth: number,
    isList: boolean,
  ): Wanted {
    const items = [index];
    const children = isList
      ? () => childrenOfList(this.list(index), this.child(index))
      : () => items.map(this.child);
    return { items, delivery, nth, children };
  }

  private async fanned({ items, delivery, nth, children }: Wanted): Promise<IDataObject> {
    const { context } = this;
    const [first = 0] = items;
    const token = delivery === undefined ? undefined : readToken(delivery);
    const settings = await storeRequired(context);
    const useStore: UseStore = (act) => withStore(settings, act);
    const usePayloads = await depositsBeside(context, useStore);
    const requests = children();
    const live = token?.test === false ? token : undefined;
    const fanned = await withPublisher(await brokerOf(context), async (publisher) =>
      fanOut({
        ...this.group(first),
        count: requests.length,
        request: (index) => requests[index] as ChildRequest,
        publisher,
        useStore,
        usePayloads,
        parent: live,
        place: `${context.getNode().id} ${this.runIndex()} ${nth}`,
        scope: token ? undefined : await this.scope(first, useStore),
        dryRun: token?.test,
      }),
    );
    return { ...fanned, ...(token?.test && { test: true }) };
  }

  /** Of the queue that gets the join, where the run has none of its own. */
  private async scope(index: number, useStore: UseStore): Promise<string | undefined> {
    const queue = this.joinQueue(index);
    return queue === undefined ? undefined : await useStore((store) => scopeOfQueue(store, queue));
  }

  /** A node in a loop fans out once each time. */
  private runIndex(): string {
    return String(this.context.getWorkflowDataProxy(0).$runIndex ?? 0);
  }
}
