import { runWordOperation } from './word';

/** Task: Complete. */
export const completeOperation = runWordOperation({
  result: 'completed',
  read: () => () => ({ kind: 'complete' }),
});
