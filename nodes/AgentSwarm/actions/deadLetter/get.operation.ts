import { getLetter, InputError } from '../../../../src/index';
import type { Operation } from '../../operation';
import { isTool } from '../forAgents';
import { deadQueueField, deadQueueOption, readDesk } from './deadQueue';
import { forAgent } from './getMany.operation';
import { LETTER_LABELS } from './letterFields';
import { perItem } from './perItem';

/** Dead Letter: Get. */
export const getLetterOperation: Operation = {
  form: [
    deadQueueField,
    {
      displayName: 'Letter ID',
      name: 'letterId',
      type: 'string',
      required: true,
      default: '={{ $json.id }}',
      description: 'As Dead Letter: Get Many gives it out',
    },
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options: [deadQueueOption],
    },
  ],
  act: (context) =>
    perItem(context, LETTER_LABELS, async (parameters) => {
      const desk = await readDesk(context, parameters);
      const letterId = parameters.text('letterId', 'Letter ID');
      return async (index) => {
        const id = letterId(index);
        if (id === undefined) {
          throw new InputError('Letter ID', 'is empty', 'Give the id of a letter.');
        }
        const at = desk(index);
        const letter = await getLetter(at, id);
        if (letter) return [isTool(context) ? forAgent(letter) : letter];
        throw new InputError(
          'Letter ID',
          `${at.queue} has no letter "${id}"`,
          'Look with Dead Letter: Get Many what is there. A letter that somebody else is looking at just now is not seen.',
        );
      };
    }),
};
