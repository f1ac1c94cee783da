import type { ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import {
  budgetDesk,
  checkPlaces,
  Consumer,
  forgetTrigger,
  registerTrigger,
  watchForShutdown,
  type ConsumerSettings,
  type StoreSettings,
  type Tell,
} from '../../src/index';
import { noBudget } from '../shared/budgetForm';
import { brokerOf, storeOf } from '../shared/credentials';
import { readConsumerSettings, readPlaces } from './settings';
import { n8nRuns } from './startRun';

/**
 * The published workflow. Only a person who publishes is told at once what is wrong: when n8n itself starts the trigger, throwing
 * leads to a few tries and then to a trigger that nothing starts again, so the engine waits for its servers without end.
 */
export async function consumeQueue(context: ITriggerFunctions): Promise<ITriggerResponse> {
  const settings = readConsumerSettings(context);
  const workflow = context.getWorkflow();
  const name = `${workflow.id ?? ''}/${context.getNode().id}`;
  const store = await storeOf(context);
  const patience = context.getActivationMode() === 'activate' ? 'once' : 'endless';
  const payloads = await readPlaces(context);
  if (patience === 'once') {
    await checkBudget(settings, store);
    await checkPlaces(payloads);
  }
  watchForShutdown();
  const consumer = await Consumer.start({
    settings,
    broker: await brokerOf(context),
    store,
    payloads,
    reread: {
      broker: () => brokerOf(context),
      store: () => storeOf(context),
      payloads: () => readPlaces(context),
    },
    host: n8nRuns(context),
    workflow: [workflow.name, workflow.id].filter(Boolean).join(' '),
    tell: logged(context, settings.topology.queue),
    patience,
  });
  await registerTrigger(name, consumer);
  return {
    async closeFunction() {
      forgetTrigger(name, consumer);
      await consumer.close();
    },
  };
}

/** @throws InputError when tasks would wait for a budget that nobody created */
async function checkBudget({ budget }: ConsumerSettings, store: StoreSettings): Promise<void> {
  if (!budget || budget.limitsIfNew) return;
  if (!(await budgetDesk(store).budgets.state(budget.name))) throw noBudget(budget.name);
}

function logged({ logger }: ITriggerFunctions, queue: string): Tell {
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
      case 'prefetch': {
        const { prefetch } = event as { prefetch: number };
        logger.info(`Agent Swarm: queue "${queue}" is consumed with prefetch ${prefetch} now`);
        return;
      }
      case 'throttled': {
        const { budget, why } = event as { budget: string; why: string };
        const none = `there is no budget "${budget}"`;
        if (why === 'unknown' && away !== none) {
          logger.warn(`Agent Swarm: tasks of queue "${queue}" wait: ${none}`);
          away = none;
        }
        return;
      }
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
