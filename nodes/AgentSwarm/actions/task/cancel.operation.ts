import { cancelTask, withStore, type UseStore } from '../../../../src/index';
import type { Operation } from '../../operation';
import { storeRequired } from '../../storeAccess';
import { includeResultOption, passThrough } from '../passThrough';
import { readTarget, targetFields, targetOptions } from './target';

const RESULT = 'canceled';

/** Task: Cancel. */
export const cancelOperation: Operation = {
  form: [
    ...targetFields,
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options: [
        ...targetOptions,
        includeResultOption(
          RESULT,
          'whether this call canceled the task, the state it is in now, and whether it was a test',
        ),
      ].sort((a, b) => a.displayName.localeCompare(b.displayName)),
    },
  ],
  act: (context) =>
    passThrough(context, RESULT, async (parameters) => {
      const settings = await storeRequired(context);
      const useStore: UseStore = (act) => withStore(settings, act);
      const target = readTarget(context, parameters, useStore);
      return async (index) => {
        const task = await target(index);
        if (task === 'test') return { recorded: false, state: null, test: true };
        const { canceled, state } = await useStore((store) => cancelTask(store, task));
        return { recorded: canceled, state, test: false };
      };
    }),
};
