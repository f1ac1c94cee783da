import { discard, type DiscardOptions, type WholeLetter } from '../../../../src/index';
import type { Operation } from '../../operation';
import { deadQueueField, deadQueueOption, readDesk } from './deadQueue';
import { dryRunOption, mostOption } from './chosenOptions';
import { LETTER_LABELS, readWhich, whichFields } from './letterFields';
import { Done, perItem } from './perItem';

/** Letters that one item may remove: each is in the output, which is the last place that has it. */
const MOST = 10_000;

/** Dead Letter: Discard. Gives out what it removed. */
export const discardOperation: Operation = {
  form: [
    deadQueueField,
    ...whichFields,
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options: [deadQueueOption, dryRunOption, mostOption],
    },
  ],
  act: (context) =>
    perItem(context, LETTER_LABELS, async (parameters) => {
      const desk = await readDesk(context, parameters);
      const which = readWhich(parameters);
      const limit = parameters.number('options.most', mostOption.displayName);
      const dryRun = parameters.flag('options.dryRun', dryRunOption.displayName);
      const done = new Done();
      return async (index) => {
        const at = desk(index);
        const letters: WholeLetter[] = [];
        const told = (letter: WholeLetter) => void letters.push(letter);
        const options: DiscardOptions = {
          filter: which(index),
          limit: Math.min(limit(index) ?? MOST, MOST),
          dryRun: dryRun(index),
        };
        if (done.before(at.queue, options)) return [];
        const { discarded, matched, groups } = await discard(at, options, told);
        return [{ discarded, matched, groups, letters }];
      };
    }),
};
