import type { IDataObject } from 'n8n-workflow';

import { browse, browseWhole, type Letter, type WholeLetter } from '../../../../src/index';
import type { Operation } from '../../operation';
import { brief, isTool } from '../forAgents';
import { limitFields } from '../limitFields';
import { deadQueueField, deadQueueOption, readDesk } from './deadQueue';
import { filterField, LETTER_LABELS, readFilter } from './letterFields';
import { perItem } from './perItem';

const MOST = 100_000;
const DEFAULT_LIMIT = 50;
const FOR_AGENTS = [
  'id',
  'queue',
  'key',
  'intent',
  'ref',
  'tenant',
  'reason',
  'message',
  'http_status',
  'failed_at',
  'body',
];

export function forAgent(letter: Letter | WholeLetter): IDataObject {
  return brief({ ...letter }, FOR_AGENTS);
}

/** Dead Letter: Get Many. Looks, and takes none. */
export const getManyLettersOperation: Operation = {
  form: [
    deadQueueField,
    {
      displayName: 'Give',
      name: 'give',
      type: 'options',
      options: [
        {
          name: 'Counts',
          value: 'counts',
          description: 'One item: how many there are, by reason, intent, tenant and error',
        },
        { name: 'Letters', value: 'letters', description: 'An item for each, the oldest first' },
      ],
      default: 'letters',
    },
    filterField,
    ...limitFields({ give: ['letters'] }),
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options: [
        deadQueueOption,
        {
          displayName: 'Include Body and Headers',
          name: 'whole',
          type: 'boolean',
          default: true,
          description: 'Whether each letter comes with its body, its headers and the stack',
          displayOptions: { show: { '/give': ['letters'] } },
        },
      ],
    },
  ],
  act: (context) =>
    perItem(context, LETTER_LABELS, async (parameters) => {
      const desk = await readDesk(context, parameters);
      const give = parameters.text('give', 'Give');
      const readOne = readFilter(parameters);
      const returnAll = parameters.flag('returnAll', 'Return All');
      const limit = parameters.number('limit', 'Limit');
      const whole = parameters.flag('options.whole', 'Include Body and Headers');
      return async (index) => {
        const filter = readOne(index);
        if (give(index) === 'counts') {
          const { letters: _none, ...counts } = await browse(desk(index), { filter, limit: 0 });
          return [counts];
        }
        const most = returnAll(index) ? MOST : (limit(index) ?? DEFAULT_LIMIT);
        const look = whole(index) ? browseWhole : browse;
        const { letters } = await look(desk(index), { filter, limit: most, untilLimit: true });
        return isTool(context) ? letters.map(forAgent) : [...letters];
      };
    }),
};
