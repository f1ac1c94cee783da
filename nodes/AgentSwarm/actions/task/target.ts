import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import {
  InputError,
  readToken,
  scopeOfQueue,
  type TaskName,
  type UseStore,
} from '../../../../src/index';
import { DeliveryFinder } from '../../../shared/findDelivery';
import type { Parameters } from '../../../shared/parameters';
import { queueField } from '../../../shared/queueFields';
import { queuePath } from '../../../shared/queueForm';
import { deliveryOption } from './word';

/** The task that an operation is about: of the item's delivery, or any by its key. A test by hand has none. */
export type Target = (index: number) => Promise<TaskName | 'test'>;

const BY_KEY = { show: { task: ['key'] } };

export const targetFields: INodeProperties[] = [
  {
    displayName: 'Task',
    name: 'task',
    type: 'options',
    options: [
      {
        name: 'By Key',
        value: 'key',
        description: 'Any task of a queue that an Agent Swarm Trigger consumes',
      },
      { name: 'This Delivery', value: 'delivery', description: 'The one this item came from' },
    ],
    default: 'delivery',
  },
  queueField('searchConsumedQueues', {
    description: 'Queue of the trigger that works on the task',
    displayOptions: BY_KEY,
  }),
  {
    displayName: 'Key',
    name: 'key',
    type: 'string',
    required: true,
    default: '',
    placeholder: 'e.g. {{ $json.key }}',
    description:
      'Key of the task, as Task: Dispatch gives it out; for a task that came without an idempotency key its task_id',
    displayOptions: BY_KEY,
  },
];

export const targetOptions: INodeProperties[] = [
  { ...deliveryOption, displayOptions: { show: { '/task': ['delivery'] } } },
  {
    displayName: 'Virtual Host',
    name: 'vhost',
    type: 'string',
    default: '/',
    description: 'Where the queue is, when queues of one name are consumed in several',
    displayOptions: { show: { '/task': ['key'] } },
  },
];

/** @throws InputError when the queue is unknown, or which of several is not said */
export function readTarget(
  context: IExecuteFunctions,
  parameters: Parameters,
  useStore: UseStore,
): Target {
  const task = parameters.text('task', 'Task');
  const queue = parameters.text(queuePath(context), 'Queue');
  const key = parameters.text('key', 'Key');
  const vhost = parameters.text('options.vhost', 'Virtual Host');
  const delivery = parameters.text('options.delivery', deliveryOption.displayName);
  const finder = new DeliveryFinder(context);
  const scopes = new Map<string, Promise<string>>();
  const scopeOf = (name: string, host: string | undefined) => {
    const id = JSON.stringify([name, host]);
    const known = scopes.get(id) ?? useStore((store) => scopeOfQueue(store, name, host));
    scopes.set(id, known);
    return known;
  };
  return async (index) => {
    if (task(index) === 'key') {
      const name = given('Queue', queue(index));
      return { key: given('Key', key(index)), scope: await scopeOf(name, vhost(index)) };
    }
    const token = readToken(await finder.find(index, delivery(index)));
    return token.test ? 'test' : token;
  };
}

function given(label: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new InputError(label, 'is empty', 'Name the queue, and the key of the task in it.');
}
