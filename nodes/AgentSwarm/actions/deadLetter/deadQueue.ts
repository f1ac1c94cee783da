import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { deadQueueOf, InputError, type Desk } from '../../../../src/index';
import { brokerOf } from '../../../shared/credentials';
import type { Parameters, Read } from '../../../shared/parameters';
import { queueField } from '../../../shared/queueFields';
import { queuePath } from '../../../shared/queueForm';

export const deadQueueField: INodeProperties = queueField('searchQueues', {
  description: 'The queue whose tasks gave up',
});

export const deadQueueOption: INodeProperties = {
  displayName: 'Dead-Letter Queue',
  name: 'deadQueue',
  type: 'string',
  default: '',
  placeholder: 'e.g. documents.dead',
  description:
    'Where the dead letters are, when Agent Swarm Trigger has that option: else the name of the queue with .dead behind it',
};

/** Where the letters of an item are. */
export async function readDesk(
  context: IExecuteFunctions,
  parameters: Parameters,
): Promise<Read<Desk>> {
  const broker = await brokerOf(context);
  const queue = parameters.text(queuePath(context), 'Queue');
  const deadQueue = parameters.text('options.deadQueue', deadQueueOption.displayName);
  return (index) => {
    const named = deadQueue(index);
    const of = queue(index);
    if (named === undefined && of === undefined) {
      throw new InputError('Queue', 'is empty', 'Name the queue whose tasks gave up.');
    }
    return { broker, queue: named ?? deadQueueOf(of as string) };
  };
}
