import type { IDataObject } from 'n8n-workflow';

import { getTask, withStore, type UseStore } from '../../../../src/index';
import { forEachItem, orAllFail, toOutput } from '../../../shared/outcomes';
import { Parameters } from '../../../shared/parameters';
import type { Operation } from '../../operation';
import { storeRequired } from '../../storeAccess';
import { brief, isTool } from '../forAgents';
import { readTarget, targetFields, targetOptions } from './target';

const FOR_AGENTS = ['state', 'attempts', 'first_seen', 'due', 'ended', 'reason', 'group', 'result'];

/** Task: Get. What is known of a task; one that never arrived, or was forgotten, is "unknown". */
export const getOperation: Operation = {
  form: [
    ...targetFields,
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options: targetOptions,
    },
  ],
  async act(context) {
    const outcomes = await orAllFail(context, async () => {
      const settings = await storeRequired(context);
      const useStore: UseStore = (act) => withStore(settings, act);
      const target = readTarget(context, new Parameters(context), useStore);
      return await forEachItem(context, async (index) => {
        const task = await target(index);
        if (task === 'test') return { json: { state: 'unknown', test: true } };
        const report: IDataObject = { ...(await useStore((store) => getTask(store, task))) };
        return { json: isTool(context) ? brief(report, FOR_AGENTS) : report };
      });
    });
    return toOutput(context, outcomes, 'looked up');
  },
};
