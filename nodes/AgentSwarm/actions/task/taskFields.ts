import type { INodeProperties } from 'n8n-workflow';

/** Fields of a task that is sent, in Dispatch and in Fan Out. */

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
