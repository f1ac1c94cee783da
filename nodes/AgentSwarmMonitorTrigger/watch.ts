import {
  type IDataObject,
  type IRun,
  type ITriggerFunctions,
  type ITriggerResponse,
} from 'n8n-workflow';

import {
  checkBroker,
  checkStore,
  forgetTrigger,
  Monitor,
  pause,
  registerTrigger,
  type AwayMemory,
  type MonitorEvent,
} from '../../src/index';
import { brokerOf, storeOf } from '../shared/credentials';
import { readMonitorSettings } from './settings';

/** After so long n8n surely has the execution in its database, ms, however long it runs. */
const KEPT_MS = 60_000;

/** The published workflow. Servers that are away are what it is there to tell; only a person who publishes is told at once. */
export async function watch(context: ITriggerFunctions): Promise<ITriggerResponse> {
  const settings = readMonitorSettings(context);
  const { id = '' } = context.getWorkflow();
  const name = `${id}/${context.getNode().id}`;
  const servers = async () => ({ broker: await brokerOf(context), store: await storeOf(context) });
  if (context.getActivationMode() === 'activate') {
    const { broker, store } = await servers();
    await Promise.all([checkBroker(broker), checkStore(store)]);
  }
  const closing = new AbortController();
  const monitor = new Monitor({
    settings,
    id: name,
    servers,
    away: awayIn(context),
    tell: (event) => tell(context, event, closing.signal),
    onLook: logged(context),
  });
  const closable = {
    async close() {
      closing.abort();
      await monitor.close();
    },
  };
  await registerTrigger(name, closable);
  return {
    async closeFunction() {
      forgetTrigger(name, closable);
      await closable.close();
    },
  };
}

export function itemsOf(events: readonly MonitorEvent[]) {
  return [events.map((event) => ({ json: event as unknown as IDataObject }))];
}

/** Starts the workflow, and resolves when it ended or n8n surely has it. */
async function tell(
  context: ITriggerFunctions,
  event: MonitorEvent,
  closing: AbortSignal,
): Promise<void> {
  context.logger.info(`Agent Swarm: ${event.text}`, { trouble: event.trouble });
  const done = context.helpers.createDeferredPromise<IRun>();
  context.emit(itemsOf([event]), undefined, done);
  await Promise.race([done.promise.then(() => undefined, begun), pause(KEPT_MS, closing)]);
}

/** How a run ends is the workflow's own affair. @throws what kept n8n from starting it */
function begun(error: unknown): void {
  if (!/ExecutionCancelledError$/.test((error as Error | undefined)?.name ?? '')) throw error;
}

/** In the data of the node, which n8n writes to its database with each start: after a restart, and on another main, it is read from there. */
function awayIn(context: ITriggerFunctions): AwayMemory {
  const kept = context.getWorkflowStaticData('node');
  return {
    get since() {
      return typeof kept.redisAwaySince === 'number' ? kept.redisAwaySince : undefined;
    },
    set since(at) {
      if (at === undefined) delete kept.redisAwaySince;
      else kept.redisAwaySince = at;
    },
  };
}

/** Told once for each trouble, not for each look. */
function logged({ logger }: ITriggerFunctions): (fault: string | undefined) => void {
  let last: string | undefined;
  return (fault) => {
    if (fault !== undefined && fault !== last) {
      logger.warn(`Agent Swarm: the monitor could not look or tell: ${fault}`);
    }
    last = fault;
  };
}
