import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import {
  handOver,
  InputError,
  readToken,
  sayPatiently,
  withPublisher,
  withStore,
  type DeliveryItem,
  type HandOverWork,
  type LiveToken,
  type UseStore,
} from '../../../../src/index';
import { brokerOf } from '../../../shared/credentials';
import { DeliveryFinder } from '../../../shared/findDelivery';
import type { Parameters } from '../../../shared/parameters';
import { payloadStoreField } from '../../../shared/payloadStores';
import { queueField } from '../../../shared/queueFields';
import { queuePath } from '../../../shared/queueForm';
import { readTrace } from '../../../shared/trace';
import type { Operation } from '../../operation';
import { depositsBeside } from '../../payloadAccess';
import { storeRequired } from '../../storeAccess';
import { includeResultOption, passThrough } from '../passThrough';
import { APART_IN, exchangeField, readTo, toField } from './taskFields';
import { unlessEmpty } from './unlessEmpty';
import { deliveryOption } from './word';

const RESULT = 'handed_over';

type Request = HandOverWork['request'];
type Given = { readonly [Field in keyof Request]: unknown };

/** Task: Hand Over. Other agents go on with the task of this run; its part here is done. */
export const handOverOperation: Operation = {
  form: [
    toField('Where the task goes on. What no queue takes is an error, and the task stays here.'),
    queueField('searchQueues', {
      displayOptions: { show: { to: ['queue'] } },
      description: 'The queue of the agents that go on with it',
    }),
    exchangeField({
      placeholder: 'e.g. agents',
      description: 'An exchange that exists: it brings the task to the agents of its intent',
    }),
    {
      displayName: 'Intent',
      name: 'intent',
      type: 'string',
      default: '',
      placeholder: 'e.g. analyse',
      description: 'What is to be done there. What it was when empty.',
    },
    {
      displayName: 'Note',
      name: 'note',
      type: 'string',
      default: '',
      placeholder: 'e.g. The invoice has no number; ask the supplier',
      description:
        'What the next one should know, up to 200 characters; it stands in swarm.trail there',
    },
    {
      displayName: 'Data',
      name: 'data',
      type: 'json',
      default: '{}',
      placeholder: '{"draft": "claim:..."}',
      description: 'Added to the data of the task; fields of the same name are replaced',
    },
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options: [
        deliveryOption,
        includeResultOption(RESULT, 'where the task went, and how often it was handed over'),
        {
          displayName: 'Priority',
          name: 'priority',
          type: 'number',
          typeOptions: { minValue: 0, maxValue: 255 },
          default: 0,
          description: 'From 0 to 9, as in Dispatch. What it was when left out.',
        },
        payloadStoreField(APART_IN),
      ],
    },
  ],
  act: (context) =>
    passThrough(context, RESULT, async (parameters) => {
      const settings = await storeRequired(context);
      const broker = await brokerOf(context);
      const useStore: UseStore = (act) => withStore(settings, act);
      const usePayloads = await depositsBeside(context, useStore);
      const given = parameters.text('options.delivery', deliveryOption.displayName);
      const finder = new DeliveryFinder(context);
      const work = readWork(context, parameters, finder);
      const done = new Map<string, Promise<IDataObject>>();
      const pass = async (index: number, delivery: string, task: LiveToken) => {
        const told = work(index, taskAt(finder, index, delivery));
        const handed = await withPublisher(broker, (publisher) =>
          handOver({ task, ...told, publisher, useStore, usePayloads }),
        );
        const word = { kind: 'complete', result: { [RESULT]: { ...handed } } } as const;
        await sayPatiently(useStore, task, word, context.getExecutionCancelSignal());
        return { ...handed, test: false } satisfies IDataObject;
      };
      return async (index) => {
        const delivery = await finder.find(index, given(index));
        const token = readToken(delivery);
        if (token.test) {
          work(index, taskAt(finder, index, delivery));
          return { test: true };
        }
        const known = done.get(delivery) ?? pass(index, delivery, token);
        done.set(delivery, known);
        return await known;
      };
    }),
};

type Told = Pick<HandOverWork, 'request' | 'unknown' | 'parent' | 'trail' | 'here'>;

function readWork(
  context: IExecuteFunctions,
  parameters: Parameters,
  finder: DeliveryFinder,
): (index: number, task: IDataObject) => Told {
  const to = readTo(parameters, queuePath(context));
  const intent = parameters.text('intent', 'Intent');
  const note = parameters.text('note', 'Note');
  const data = parameters.json('data', 'Data');
  const priority = parameters.number('options.priority', 'Priority');
  const traceparent = readTrace(parameters, finder);
  return (index, task) => {
    const { task_id, ref, tenant, deadline, payload: _loaded, ...others } = task;
    const { intent: before, data: had, swarm: swarmOf, ...unknown } = others;
    const swarm = swarmOf as unknown as DeliveryItem['swarm'];
    const added = unlessEmpty(data(index)) as IDataObject | undefined;
    const request: Given = {
      to: to(index),
      intent: intent(index) ?? before,
      taskId: task_id,
      ref: ref ?? undefined,
      tenant: tenant ?? undefined,
      deadline: deadline ?? undefined,
      groupId: swarm.group,
      data: added ? { ...(had as IDataObject), ...added } : unlessEmpty(had),
      priority: priority(index) ?? swarm.priority,
      traceparent: traceparent(index),
    };
    const here = { queue: swarm.queue, intent: before as string, note: note(index) };
    const { parent, trail = [] } = swarm;
    return {
      request: request as Request,
      unknown: unknown as Told['unknown'],
      parent,
      trail,
      here,
    };
  };
}

function taskAt(finder: DeliveryFinder, index: number, delivery: string): IDataObject {
  const task = finder.taskNamed(index, delivery);
  if (task) return task;
  throw new InputError(
    'Delivery',
    'names the task, but what the task is about is not known in this workflow',
    'Hand over in the workflow of the trigger, or pass its whole item along.',
  );
}
