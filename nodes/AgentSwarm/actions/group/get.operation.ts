import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import {
  getChildren,
  getGroup,
  InputError,
  withStore,
  type ChildReport,
  type UseStore,
} from '../../../../src/index';
import { failedItem } from '../../../shared/outcomes';
import { Parameters } from '../../../shared/parameters';
import type { Operation } from '../../operation';
import { storeRequired } from '../../storeAccess';
import { brief, isTool } from '../forAgents';
import { limitFields } from '../limitFields';

const MOST = 1000;
const DEFAULT_LIMIT = 50;
const FOR_AGENTS = ['index', 'intent', 'ref', 'state', 'late', 'reason', 'message', 'result'];

/** Group: Get. Its counts, or its children in their order, an item each. */
export const getGroupOperation: Operation = {
  form: [
    {
      displayName: 'Group ID',
      name: 'groupId',
      type: 'string',
      required: true,
      default: '={{ $json.data.group.id }}',
      description: 'As Task: Fan Out gives it out, and the join carries it',
    },
    {
      displayName: 'Give',
      name: 'give',
      type: 'options',
      options: [
        {
          name: 'Children',
          value: 'children',
          description: 'An item for each child, in their order, with its state and its result',
        },
        {
          name: 'Counts',
          value: 'counts',
          description: 'One item with what is known of the group',
        },
      ],
      default: 'children',
    },
    ...limitFields({ give: ['children'] }),
    {
      displayName: 'From',
      name: 'from',
      type: 'number',
      typeOptions: { minValue: 0 },
      default: 0,
      displayOptions: { show: { give: ['children'], returnAll: [false] } },
      description: 'Index of the first child to return; the first of all is 0',
    },
  ],
  async act(context) {
    const settings = await storeRequired(context);
    const useStore: UseStore = (act) => withStore(settings, act);
    const look = reader(context, useStore);
    const results: INodeExecutionData[] = [];
    for (const item of context.getInputData().keys()) {
      try {
        for (const json of await look(item)) results.push({ json, pairedItem: { item } });
      } catch (error) {
        results.push(failedItem(context, error, [item]));
      }
    }
    return results;
  },
};

function reader(
  context: IExecuteFunctions,
  useStore: UseStore,
): (item: number) => Promise<IDataObject[]> {
  const parameters = new Parameters(context);
  const groupId = parameters.text('groupId', 'Group ID');
  const give = parameters.text('give', 'Give');
  const returnAll = parameters.flag('returnAll', 'Return All');
  const limit = parameters.number('limit', 'Limit');
  const from = parameters.number('from', 'From');
  const told = (id: string, child: ChildReport): IDataObject =>
    isTool(context) ? brief({ ...child }, FOR_AGENTS) : { group_id: id, ...child };
  return async (item) => {
    const id = groupId(item);
    if (id === undefined) {
      throw new InputError(
        'Group ID',
        'is empty',
        'Give the group_id that Task: Fan Out gave out.',
      );
    }
    if (give(item) === 'counts') {
      return [{ ...(await useStore((store) => getGroup(store, id))) } satisfies IDataObject];
    }
    const all = returnAll(item);
    const first = all ? 0 : whole('From', from(item) ?? 0, 0);
    const most = all ? Infinity : whole('Limit', limit(item) ?? DEFAULT_LIMIT, 1);
    const children: IDataObject[] = [];
    while (children.length < most) {
      const page = Math.min(MOST, most - children.length);
      const at = first + children.length;
      const found = await useStore((store) => getChildren(store, id, at, page));
      children.push(...found.map((child) => told(id, child)));
      if (found.length < page) break;
    }
    return children;
  };
}

function whole(label: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new InputError(label, `is not a whole number from ${least} on`, 'Correct the number.');
}
