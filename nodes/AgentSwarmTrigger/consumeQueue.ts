import type { ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { Consumer, forgetConsumer, registerConsumer, type Tell } from '../../src/index';
import { brokerOf, storeOf } from '../shared/credentials';
import { readConsumerSettings } from './settings';
import { n8nRuns } from './startRun';

/**
 * The published workflow. Only a person who publishes is told at once what is wrong: when n8n itself starts the trigger, throwing
 * leads to a few tries and then to a trigger that nothing starts again, so the engine waits for its servers without end.
 */
export async function consumeQueue(context: ITriggerFunctions): Promise<ITriggerResponse> {
  const settings = readConsumerSettings(context);
  const workflow = context.getWorkflow();
  const name = `${workflow.id ?? ''}/${context.getNode().id}`;
  const consumer = await Consumer.start({
    settings,
    broker: await brokerOf(context),
    store: await storeOf(context),
    reread: { broker: () => brokerOf(context), store: () => storeOf(context) },
    host: n8nRuns(context),
    workflow: [workflow.name, workflow.id].filter(Boolean).join(' '),
    tell: logged(context),
    patience: context.getActivationMode() === 'activate' ? 'once' : 'endless',
  });
  await registerConsumer(name, consumer);
  return {
    async closeFunction() {
      forgetConsumer(name, consumer);
      await consumer.close();
    },
  };
}

function logged(context: ITriggerFunctions): Tell {
  const { logger } = context;
  const queue = context.getNodeParameter('queue', '') as string;
  let away = '';
  return (name, event) => {
    switch (name) {
      case 'away': {
        const { what, error } = event as { what: string; error: string };
        // Told once for each trouble, not for each try.
        if (away !== error) logger.warn(`Agent Swarm: ${what} of queue "${queue}": ${error}`);
        away = error;
        return;
      }
      case 'ready':
        if (away) logger.info(`Agent Swarm: queue "${queue}" is being consumed again`);
        away = '';
        return;
      case 'canceled':
      case 'fault':
      case 'lease_lost':
      case 'taken_over':
        logger.warn(`Agent Swarm: ${name} in queue "${queue}"`, { ...event });
        return;
      default:
        logger.debug(`Agent Swarm: ${name} in queue "${queue}"`, { ...event });
    }
  };
}
