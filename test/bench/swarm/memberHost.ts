import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { withPublisher } from '../../../src/broker/pool';
import { Consumer } from '../../../src/consume/consumer';
import type { Outgoing } from '../../../src/contract/message';
import type { DeliveryItem } from '../../../src/contract/run';
import { consumerSchema } from '../../../src/contract/settings';
import type { RunEnd } from '../../../src/contract/verdicts';
import type { CheckingPublisher } from '../../../src/dispatch/checking';
import { fanOut } from '../../../src/group/fanOut';
import { withStore } from '../../../src/store/pool';
import { readToken } from '../../../src/word/token';
import { redisDeposits } from '../../support/redisDeposits';
import { AGENTS, MASTERS, type Member, type News, type Plan } from './asks';

const tell = (news: News) => process.send?.(news);
const member = JSON.parse(process.argv[2] ?? '') as Member;
const { role, broker, store, prefetch } = member;

/** Leases that are short enough for a killed process to be waited for. */
const LEASE_MS = 3000;

async function actAsMaster(item: DeliveryItem): Promise<RunEnd> {
  const { data } = item;
  if (item.intent === 'join') {
    const { group, master } = data as unknown as {
      group: { id: string; done: number };
      master: string;
    };
    tell({ kind: 'joined', master, group: group.id, done: group.done });
    return { kind: 'succeeded' };
  }
  const plan = data as unknown as Plan;
  const token = readToken(item.swarm.delivery);
  if (token.test) throw new Error('a test delivery');
  const fanned = await withPublisher(broker, (publisher) =>
    fanOut({
      count: plan.children,
      request: (index) => ({
        to: { kind: 'queue', queue: AGENTS },
        intent: plan.oneFailsOf > 0 && index % plan.oneFailsOf === 0 ? 'fail' : 'succeed',
        data: { worksMs: plan.worksMs },
      }),
      publisher: twiceNowAndThen(publisher, plan.oneTwiceOf),
      useStore: (act) => withStore(store, act),
      usePayloads: redisDeposits(store),
      parent: token,
      place: 'bench',
      join: { data: { master: item.task_id } },
    }),
  );
  tell({ kind: 'fanned_out', master: item.task_id, group: fanned.group_id });
  return { kind: 'succeeded' };
}

async function actAsAgent({ intent, data }: DeliveryItem): Promise<RunEnd> {
  await delay((data as { worksMs: number }).worksMs);
  if (intent === 'succeed') return { kind: 'succeeded' };
  const error = { name: 'NodeApiError', message: 'no such page', httpStatus: 404 };
  return { kind: 'failed', error };
}

/** As a producer that sends again what it did not see confirmed. */
function twiceNowAndThen(real: CheckingPublisher, oneOf: number): CheckingPublisher {
  let nth = 0;
  return {
    depth: (queue) => real.depth(queue),
    layDelay: (queue, delayMs) => real.layDelay(queue, delayMs),
    checkExchange: (name) => real.checkExchange(name),
    async publish(message: Outgoing) {
      nth += 1;
      const again = oneOf > 0 && nth % oneOf === 0;
      await real.publish(message);
      if (again) await real.publish({ ...message, messageId: randomUUID() });
    },
  };
}

async function main(): Promise<void> {
  const act = role === 'masters' ? actAsMaster : actAsAgent;
  await Consumer.start({
    settings: consumerSchema.parse({
      topology: { queue: role === 'masters' ? MASTERS : AGENTS },
      prefetch,
      leaseMs: LEASE_MS,
      retry: { baseMs: 200, capMs: 2000 },
    }),
    broker,
    store,
    host: {
      start: ([item]) =>
        item
          ? act(item).catch((error: unknown): RunEnd => ({ kind: 'failed', error: error as Error }))
          : Promise.resolve({ kind: 'succeeded' }),
    },
    workflow: 'a bench',
    patience: 'once',
    tell(name, event) {
      if (name !== 'settled') return;
      const { messageId = '' } = event as { messageId?: string };
      const [, group] = /^join-(.+)-[^-]+$/.exec(messageId) ?? [];
      if (group !== undefined) tell({ kind: 'settled', group });
    },
  });
  tell({ kind: 'ready' });
}

process.once('disconnect', () => process.exit(0));
void main();
