import type { INodeProperties } from 'n8n-workflow';

import type { Parameters, Read } from '../../../shared/parameters';

/** Fields of a task that is sent, in Dispatch and in Fan Out. */

/** Of the option Payload Store, where large data is stored apart. */
export const APART_IN =
  'Where data is kept that is stored apart. Redis when it is empty. The trigger that gets the task needs the same option.';

export const refField: INodeProperties = {
  displayName: 'Ref',
  name: 'ref',
  type: 'string',
  default: '',
  placeholder: 'e.g. pg:documents/42',
  description: 'Where the work is: a row, a file, a URL, or a claim of Payload: Store',
};

export const dataField: INodeProperties = {
  displayName: 'Data',
  name: 'data',
  type: 'json',
  default: '{}',
  placeholder: '{"page": 3}',
  description: 'A small JSON object that travels with the task',
};

export function toField(
  description: string,
  exchange = 'To all queues whose bindings match',
): INodeProperties {
  return {
    displayName: 'To',
    name: 'to',
    type: 'options',
    options: [
      { name: 'Queue', value: 'queue', description: 'Straight to one queue' },
      { name: 'Exchange', value: 'exchange', description: exchange },
    ],
    default: 'queue',
    description,
  };
}

/** What `toField` and the two fields below it say; the engine tells what is wrong with it. @param queueAt where the queue's name stands */
export function readTo(parameters: Parameters, queueAt: string): Read<unknown> {
  const to = parameters.text('to', 'To');
  const queue = parameters.text(queueAt, 'Queue');
  const exchange = parameters.text('exchange', 'Exchange');
  return (index) => {
    const kind = to(index);
    return kind === 'exchange'
      ? { kind, exchange: exchange(index) }
      : { kind, queue: queue(index) };
  };
}

/** For To: Exchange. */
export function exchangeField(
  more: Required<Pick<INodeProperties, 'placeholder' | 'description'>>,
): INodeProperties {
  return {
    displayName: 'Exchange',
    name: 'exchange',
    type: 'string',
    required: true,
    default: '',
    displayOptions: { show: { to: ['exchange'] } },
    ...more,
  };
}
