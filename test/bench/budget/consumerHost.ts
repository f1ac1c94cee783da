import { budgetDesk } from '../../../src/budget/desk';
import { Consumer } from '../../../src/consume/consumer';
import {
  consumerSchema,
  type BrokerSettings,
  type StoreSettings,
} from '../../../src/contract/settings';
import { CallingHost } from './calling';
import { serve } from '../forked/forked';
import { LANES, type Scenario } from './scenario';

export interface Servers {
  readonly broker: BrokerSettings;
  readonly store: StoreSettings;
}

/** Consume the queue of a scenario from now on. */
export interface ConsumeAsk {
  readonly scenario: Scenario;
  /** Of its provider. */
  readonly url: string;
}

/** One of the consumer processes; it takes part in every scenario, each with a queue and a budget of its own. */
function consumers({ broker, store }: Servers) {
  const desk = budgetDesk(store);
  return Promise.resolve(async ({ scenario, url }: ConsumeAsk): Promise<void> => {
    await Consumer.start({
      settings: consumerSchema.parse({
        topology: { queue: scenario.name },
        prefetch: scenario.prefetch,
        ...(scenario.tenants && {
          lanes: LANES,
          autoPrefetch: true,
          budget: { name: scenario.name },
        }),
      }),
      broker,
      store,
      host: new CallingHost(scenario, url, desk),
      workflow: 'a bench',
      patience: 'once',
      tell: (name, event) => {
        if (name === 'ready' || name === 'settled' || name === 'prefetch') return;
        console.error(scenario.name, name, JSON.stringify(event));
      },
    });
  });
}

void serve(consumers);
