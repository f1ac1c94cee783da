import { setTimeout as pause } from 'node:timers/promises';

import { connect } from 'amqplib';

import type { Budgets } from '../../../src/budget/budgets';
import type { ConsumeAsk } from './consumerHost';
import { fairness } from './fairness';
import { figuresOf, type Figures } from './figures';
import type { Forked } from '../forked/forked';
import type { Scenario } from './scenario';
import type { StandInAnswer, StandInAsk } from './standInHost';

export type StandIn = Forked<StandInAsk, StandInAnswer>;
export type ConsumerProcess = Forked<ConsumeAsk, undefined>;

/** Where scenarios run, several at the same time. */
export interface Stage {
  readonly brokerUrl: string;
  /** For making the budgets. */
  readonly budgets: Budgets;
  readonly consumers: readonly ConsumerProcess[];
}

/** Until the last arrival of the measured time has come through, ms. */
const SLACK_MS = 500;

export async function runScenario(
  stage: Stage,
  scenario: Scenario,
  standIn: StandIn,
): Promise<Figures> {
  const { name, gate, lastsMs } = scenario;
  // No call was ever made under this name: it need not stay closed at first.
  if (gate) await stage.budgets.create(name, gate.limits, { ifThere: 'keep', isNew: true });
  const { url } = await standIn.ask('url');
  for (const consumer of stage.consumers) await consumer.ask({ scenario, url });
  const publishedAt = await publish(stage.brokerUrl, scenario);
  await pause(lastsMs + SLACK_MS);
  const { seen = [], halvedAt } = await standIn.ask('seen');
  if (scenario.tenants) return fairness(scenario.tenants, seen, publishedAt);
  return figuresOf(scenario, { seen, halvedAt });
}

/** @returns when all of it was there, ms since 1970 */
async function publish(url: string, { name, tasks, tenants }: Scenario): Promise<number> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  for (const { tenant, tasks: count, afterMs } of tenants ?? [
    { tenant: undefined, tasks, afterMs: 0 },
  ]) {
    await pause(afterMs);
    for (let index = 0; index < count; index += 1) {
      const task = tenant === undefined ? `${name}-${index}` : `${name}-${tenant}-${index}`;
      const body = JSON.stringify({ task_id: task, intent: 'call', tenant });
      channel.publish('', name, Buffer.from(body), { persistent: true, messageId: task });
    }
  }
  await channel.waitForConfirms();
  const publishedAt = Date.now();
  await connection.close();
  return publishedAt;
}
