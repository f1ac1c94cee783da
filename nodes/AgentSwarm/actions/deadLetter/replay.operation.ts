import { replay, withPublisher, type ReplayOptions } from '../../../../src/index';
import { unlessEmpty } from '../task/unlessEmpty';
import type { Operation } from '../../operation';
import { deadQueueField, deadQueueOption, readDesk } from './deadQueue';
import { dryRunOption, mostOption } from './chosenOptions';
import { LETTER_LABELS, readWhich, whichFields } from './letterFields';
import { Done, perItem } from './perItem';

/** Dead Letter: Replay. */
export const replayOperation: Operation = {
  form: [
    deadQueueField,
    ...whichFields,
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options: [
        deadQueueOption,
        dryRunOption,
        {
          displayName: 'Edit',
          name: 'edit',
          type: 'json',
          default: '{}',
          placeholder: '{"ref": "pg:documents/43"}',
          description:
            'Laid over each task before it is sent (JSON Merge Patch): what is null goes, the rest is put in its place',
        },
        {
          displayName: 'Letters per Second',
          name: 'perSecond',
          type: 'number',
          typeOptions: { minValue: 0.01, numberPrecision: 2 },
          default: 10,
          description: 'Without this option they go as fast as RabbitMQ takes them',
        },
        mostOption,
        {
          displayName: 'To Queue',
          name: 'to',
          type: 'string',
          default: '',
          placeholder: 'e.g. documents.slow',
          description: 'Else each letter goes to the queue that its task came from',
        },
        {
          displayName: 'Without Deadline',
          name: 'withoutDeadline',
          type: 'boolean',
          default: true,
          description:
            'Whether to take their deadlines away: one that has passed ends a task at once',
        },
      ],
    },
  ],
  act: (context) =>
    perItem(context, LETTER_LABELS, async (parameters) => {
      const desk = await readDesk(context, parameters);
      const which = readWhich(parameters);
      const to = parameters.text('options.to', 'To Queue');
      const edit = parameters.json('options.edit', 'Edit');
      const withoutDeadline = parameters.flag('options.withoutDeadline', 'Without Deadline');
      const perSecond = parameters.number('options.perSecond', 'Letters per Second');
      const limit = parameters.number('options.most', mostOption.displayName);
      const dryRun = parameters.flag('options.dryRun', dryRunOption.displayName);
      const done = new Done();
      return async (index) => {
        const at = desk(index);
        const options: { [Option in keyof ReplayOptions]: unknown } = {
          filter: which(index),
          to: to(index),
          edit: unlessEmpty(edit(index)),
          withoutDeadline: withoutDeadline(index),
          perSecond: perSecond(index),
          limit: limit(index),
          dryRun: dryRun(index),
        };
        if (done.before(at.queue, options)) return [];
        return [
          await withPublisher(at.broker, (publisher) =>
            replay(at, publisher, options as ReplayOptions),
          ),
        ];
      };
    }),
};
