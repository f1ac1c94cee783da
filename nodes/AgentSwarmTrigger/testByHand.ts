import type { ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { itemOfJson, mostLanes, peekDelivery } from '../../src/index';
import { brokerOf, storeOf } from '../shared/credentials';
import { nodeErrorOf } from '../shared/nodeError';
import { readConsumerSettings, readPlaces, readTestWith } from './settings';
import { itemsOf } from './startRun';

/**
 * A test by hand: one item, from the queue or from the form. It is not registered, so it never closes the published trigger, and
 * nothing that is said about it is recorded. n8n can emit only after `trigger()` returned, hence the second function.
 */
export async function testByHand(context: ITriggerFunctions): Promise<ITriggerResponse> {
  const settings = readConsumerSettings(context);
  const testWith = readTestWith(context);
  const { queue } = settings.topology;
  const stopped = new AbortController();
  return {
    async manualTriggerFunction() {
      try {
        const item =
          testWith.kind === 'json'
            ? itemOfJson(testWith.json, queue)
            : await peekDelivery(
                await brokerOf(context),
                await storeOf(context),
                queue,
                stopped.signal,
                { lanes: mostLanes(settings), payloads: await readPlaces(context) },
              );
        context.emit([itemsOf([item])]);
      } catch (error) {
        if (!stopped.signal.aborted) context.emitError(nodeErrorOf(context.getNode(), error));
      }
    },
    closeFunction() {
      stopped.abort();
      return Promise.resolve();
    },
  };
}
