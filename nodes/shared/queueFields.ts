import type { INodeProperties } from 'n8n-workflow';

/**
 * Which queue: by its name, or from a list. Workflows of before, and those written by hand, have the name as plain text, which n8n
 * shows and runs as well; `queueForm.ts` reads both.
 *
 * @param search of `queueForm.ts`; every node with this field has it in its methods
 */
export function queueField(
  search: 'searchQueues' | 'searchConsumedQueues',
  more: Pick<INodeProperties, 'description' | 'displayOptions'>,
): INodeProperties {
  return {
    displayName: 'Queue',
    name: 'queue',
    type: 'resourceLocator',
    required: true,
    // The list of RabbitMQ's own queues takes a management API; a name can always be typed.
    default: { mode: search === 'searchQueues' ? 'name' : 'list', value: '' },
    modes: [
      {
        displayName: 'From List',
        name: 'list',
        type: 'list',
        typeOptions: { searchListMethod: search, searchable: true },
      },
      {
        displayName: 'By Name',
        name: 'name',
        type: 'string',
        placeholder: 'e.g. documents',
      },
    ],
    ...more,
  };
}
