import type { ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { troublesNow } from '../../src/index';
import { brokerOf, storeOf } from '../shared/credentials';
import { nodeErrorOf } from '../shared/nodeError';
import { readMonitorSettings } from './settings';
import { itemsOf } from './watch';

/** The fields of an item, so that a workflow can be built while all is well. */
const ALL_WELL = {
  ...{ trouble: 'none', change: 'none', of: null, name: null, vhost: null },
  ...{ began_at: null, ended_at: null, lasted_seconds: null, value: null, limit: null, remedy: '' },
};

/** A test by hand: what is in trouble right now, one item each. Nothing is recorded. n8n can emit only after `trigger()` returned. */
export function lookByHand(context: ITriggerFunctions): ITriggerResponse {
  const settings = readMonitorSettings(context);
  return {
    async manualTriggerFunction() {
      try {
        const servers = { broker: await brokerOf(context), store: await storeOf(context) };
        const { troubles, looked } = await troublesNow(settings, servers);
        const text = `Nothing is in trouble: ${looked} states were looked at.`;
        context.emit(troubles.length > 0 ? itemsOf(troubles) : [[{ json: { text, ...ALL_WELL } }]]);
      } catch (error) {
        context.emitError(nodeErrorOf(context.getNode(), error));
      }
    },
  };
}
