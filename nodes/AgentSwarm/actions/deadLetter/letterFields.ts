import type { INodeProperties } from 'n8n-workflow';

import { InputError, type LetterFilter } from '../../../../src/index';
import { listIn, MINUTE_MS } from '../../../shared/amounts';
import type { Labels } from '../../../shared/formWords';
import type { Parameters, Read } from '../../../shared/parameters';

/** What a person reads of a reason, and what RabbitMQ says where it gave a message up itself. */
const REASONS: readonly [value: string, name: string][] = [
  ['attempts_used_up', 'Attempts Used Up'],
  ['bad_header', 'Bad Header'],
  ['crash_loop', 'Crash Loop'],
  ['dead_lettered', 'Dead-Lettered by a Node'],
  ['deadline_passed', 'Deadline Passed'],
  ['delivery_limit', 'Delivery Limit (RabbitMQ)'],
  ['expired', 'Expired (RabbitMQ)'],
  ['internal_error', 'Internal Error'],
  ['invalid_message', 'Invalid Message'],
  ['key_conflict', 'Key Conflict'],
  ['maxlen', 'Queue Was Full (RabbitMQ)'],
  ['not_json', 'Not JSON'],
  ['not_utf8', 'Not UTF-8'],
  ['over_budget', 'Over Budget'],
  ['payload_missing', 'Payload Missing'],
  ['rejected', 'Rejected (RabbitMQ)'],
  ['run_failed', 'Run Failed'],
  ['run_limit', 'Run Limit'],
  ['run_stopped', 'Run Stopped'],
  ['throttled', 'Throttled Too Often'],
  ['too_large', 'Too Large'],
  ['wait_limit', 'Wait Limit'],
];

export const LETTER_LABELS: Labels = {
  'filter.ids': 'Letter IDs',
  'filter.reasons': 'Reasons',
  'filter.intent': 'Intent',
  'filter.tenant': 'Tenant',
  'filter.key': 'Key',
  'filter.error': 'Error Contains',
  'filter.olderThanMs': 'Older Than (Minutes)',
  'filter.newerThanMs': 'Newer Than (Minutes)',
  limit: 'Limit',
  to: 'To Queue',
  edit: 'Edit',
  perSecond: 'Letters per Second',
};

export const filterField: INodeProperties = {
  displayName: 'Filters',
  name: 'filters',
  type: 'collection',
  placeholder: 'Add filter',
  default: {},
  description: 'Letters that fit all of them',
  options: [
    {
      displayName: 'Error Contains',
      name: 'error',
      type: 'string',
      default: '',
      description: "Text in the error's name or message, in capitals or not",
    },
    { displayName: 'Intent', name: 'intent', type: 'string', default: '' },
    {
      displayName: 'Key',
      name: 'key',
      type: 'string',
      default: '',
      description: 'Key of the task, as Task: Dispatch gives it out',
    },
    {
      displayName: 'Newer Than (Minutes)',
      name: 'newerThan',
      type: 'number',
      typeOptions: { minValue: 0 },
      default: 60,
      description: 'Tasks that gave up since',
    },
    {
      displayName: 'Older Than (Minutes)',
      name: 'olderThan',
      type: 'number',
      typeOptions: { minValue: 0 },
      default: 60,
      description: 'Tasks that gave up so long ago, or longer',
    },
    {
      displayName: 'Reasons',
      name: 'reasons',
      type: 'multiOptions',
      options: REASONS.map(([value, name]) => ({ name, value })),
      default: [],
      description: 'Why the task gave up: any of these',
    },
    { displayName: 'Tenant', name: 'tenant', type: 'string', default: '' },
  ],
};

export function readFilter(parameters: Parameters): Read<Partial<LetterFilter>> {
  const reasons = parameters.json('filters.reasons', 'Reasons');
  const intent = parameters.text('filters.intent', 'Intent');
  const tenant = parameters.text('filters.tenant', 'Tenant');
  const key = parameters.text('filters.key', 'Key');
  const error = parameters.text('filters.error', 'Error Contains');
  const olderThan = parameters.number('filters.olderThan', 'Older Than (Minutes)');
  const newerThan = parameters.number('filters.newerThan', 'Newer Than (Minutes)');
  const inMs = (minutes: number | undefined) =>
    minutes === undefined ? undefined : Math.round(minutes * MINUTE_MS);
  return (index) => {
    const chosen = reasons(index);
    return {
      reasons: Array.isArray(chosen) && chosen.length > 0 ? (chosen as string[]) : undefined,
      intent: intent(index),
      tenant: tenant(index),
      key: key(index),
      error: error(index),
      olderThanMs: inMs(olderThan(index)),
      newerThanMs: inMs(newerThan(index)),
    };
  };
}

const WHICH = 'Letters';

/** Which letters something is done to: never all of them by an empty field. */
export const whichFields: INodeProperties[] = [
  {
    displayName: WHICH,
    name: 'which',
    type: 'options',
    options: [
      { name: 'All', value: 'all', description: 'Every letter of the queue' },
      { name: 'By ID', value: 'ids', description: 'One letter, or several' },
      { name: 'Matching Filters', value: 'filters', description: 'Letters that fit all filters' },
    ],
    default: 'ids',
  },
  {
    displayName: 'Letter IDs',
    name: 'letterIds',
    type: 'string',
    required: true,
    default: '={{ $json.id }}',
    displayOptions: { show: { which: ['ids'] } },
    description: 'As Dead Letter: Get Many gives them out; several by commas',
  },
  { ...filterField, displayOptions: { show: { which: ['filters'] } } },
];

/** @throws InputError when it is left open which */
export function readWhich(parameters: Parameters): Read<Partial<LetterFilter>> {
  const which = parameters.text('which', WHICH);
  const letterIds = parameters.text('letterIds', 'Letter IDs');
  const filter = readFilter(parameters);
  return (index) => {
    switch (which(index)) {
      case 'all':
        return {};
      case 'filters':
        return givenFilter(filter(index));
      default:
        return { ids: givenIds(letterIds(index)) };
    }
  };
}

function givenFilter(filter: Partial<LetterFilter>): Partial<LetterFilter> {
  if (Object.values(filter).some((value) => value !== undefined)) return filter;
  throw new InputError('Filters', 'are empty', 'Add a filter, or choose All.');
}

function givenIds(text = ''): string[] {
  const ids = listIn(text);
  if (ids.length > 0) return ids;
  throw new InputError(
    'Letter IDs',
    'is empty',
    'Give the id of a letter, as Dead Letter: Get Many gives it out.',
  );
}
