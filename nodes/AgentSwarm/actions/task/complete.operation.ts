import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import {
  complete,
  readToken,
  withStore,
  type Completed,
  type StoreSettings,
} from '../../../../src/index';
import { findDelivery } from '../../../shared/findDelivery';
import { forEachItem, orAllFail, toOutput } from '../../../shared/outcomes';
import { Parameters } from '../../../shared/parameters';
import type { Operation } from '../../operation';
import { storeRequired } from '../../storeAccess';

const form: INodeProperties[] = [
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add option',
    default: {},
    options: [
      {
        displayName: 'Delivery',
        name: 'delivery',
        type: 'string',
        default: '',
        placeholder: 'e.g. {{ $json.swarm.delivery }}',
        description:
          'The delivery to complete, as swarm.delivery names it. Empty: the one this item came from.',
      },
      {
        displayName: 'Include Result',
        name: 'includeResult',
        type: 'boolean',
        default: false,
        description:
          'Whether to add "completed" to each item: whether this call recorded the end, whether it was complete already, and whether it was a test',
      },
    ],
  },
];

/** Task: Complete. Its items pass through unchanged, so that it can stand in the middle of a workflow. */
export const completeOperation: Operation = {
  form,
  async act(context) {
    const outcomes = await orAllFail(context, () => completeItems(context));
    return toOutput(context, outcomes, 'completed');
  },
};

async function completeItems(context: IExecuteFunctions) {
  const parameters = new Parameters(context);
  const delivery = parameters.text('options.delivery', 'Delivery');
  const includeResult = parameters.flag('options.includeResult', 'Include Result');
  const say = completer(await storeRequired(context));
  const items = context.getInputData();
  return await forEachItem(context, async (index) => {
    const completed = await say(findDelivery(context, index, delivery(index)));
    const { json, binary } = items[index] ?? { json: {} };
    const shown: IDataObject = includeResult(index)
      ? { ...json, completed: { ...completed } }
      : json;
    return { json: shown, ...(binary && { binary }) };
  });
}

/** Says it once for each delivery, however many items came from it. */
function completer(settings: StoreSettings) {
  const said = new Map<string, Promise<Completed & { test: boolean }>>();
  return (text: string) => {
    const known = said.get(text);
    if (known) return known;
    const saying = sayComplete(settings, text);
    said.set(text, saying);
    return saying;
  };
}

async function sayComplete(settings: StoreSettings, text: string) {
  const token = readToken(text);
  if (token.test) return { recorded: false, already: false, test: true };
  return { ...(await withStore(settings, (store) => complete(store, token))), test: false };
}
