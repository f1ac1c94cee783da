import { reasonField, readReason } from './reason';
import { runWordOperation } from './word';

/** Task: Dead-Letter. */
export const deadLetterOperation = runWordOperation({
  result: 'dead_lettered',
  fields: [reasonField('Why the task is given up, for whoever reads the dead letter')],
  read(parameters, context) {
    const reason = readReason(parameters, context, 'Dead-Letter');
    return (index) => ({ kind: 'dead_letter', message: reason(index) });
  },
});
