import { setTimeout as delay } from 'node:timers/promises';

import { builtInTrigger, createBuiltInCredential } from '../support/builtInTrigger';
import { startFaultProxy, type FaultProxy } from '../support/faultProxy';
import {
  brokerCredential,
  chain,
  effectNode,
  startSwarmWorld,
  triggerNode,
  type SwarmWorld,
} from '../support/swarmWorld';

jest.setTimeout(300_000);

let world: SwarmWorld;
let proxy: FaultProxy;
beforeAll(async () => {
  world = await startSwarmWorld({ mode: 'single' });
  proxy = await startFaultProxy({ port: world.broker.port });
});
afterAll(async () => {
  await proxy?.stop();
  await world?.stop();
});

/** How long after `since` the queue has a consumer, ms; undefined when it has none within `limitMs`. */
async function consumedAfter(
  queue: string,
  since: number,
  limitMs: number,
): Promise<number | undefined> {
  while (performance.now() - since < limitMs) {
    if ((await world.plain.depth(queue)).consumers > 0) return performance.now() - since;
    await delay(20);
  }
  return undefined;
}

async function publishTrigger(queue: string): Promise<void> {
  const agentSwarmRabbitMqApi = await world.n8n.api.createCredential(brokerCredential(proxy.port));
  const credentials = { ...world.credentials, agentSwarmRabbitMqApi };
  const workflow = await world.n8n.api.createWorkflow(
    chain(queue, [triggerNode(credentials, queue), effectNode(world.witness)]),
  );
  await world.n8n.api.activate(workflow);
}

async function publishBuiltIn(queue: string): Promise<void> {
  await world.plain.declare(queue);
  const rabbitmq = await createBuiltInCredential(world.n8n.api, proxy.port);
  const trigger = builtInTrigger(rabbitmq, queue, { acknowledge: 'executionFinishes' });
  const noOp = { name: 'No-Op', type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} };
  await world.n8n.api.activate(await world.n8n.api.createWorkflow(chain(queue, [trigger, noOp])));
}

/** Takes the broker away for so long, and answers when it was back. */
async function outage(ms: number): Promise<number> {
  await proxy.close();
  proxy.cut();
  await delay(ms);
  await proxy.open();
  return performance.now();
}

test('consumes within 3 s after the broker is back, also after 60 s, and what came meanwhile runs once', async () => {
  await publishTrigger('own');
  await publishBuiltIn('builtin');
  const afterShort = await consumedAfter('own', await outage(5000), 10_000);
  expect(afterShort).toBeLessThan(3000);

  const back = outage(60_000);
  await world.plain.publish('own', { task_id: 'meanwhile', intent: 'x' }, { messageId: 'm1' });
  const since = await back;
  const afterLong = await consumedAfter('own', since, 10_000);
  const builtIn = await consumedAfter('builtin', since, 20_000);
  console.log(
    `consumed again after an outage of 5 s: ${Math.round(afterShort ?? NaN)} ms, of 60 s: ${Math.round(afterLong ?? NaN)} ms; ` +
      `the built-in RabbitMQ Trigger after 60 s: ${builtIn === undefined ? 'not within 20 s' : `${Math.round(builtIn)} ms`}`,
  );
  expect(afterLong).toBeLessThan(3000);
  await world.witness.waitFor(({ distinct }) => distinct >= 1, 20_000);
  expect([...world.witness.counts()]).toEqual([['meanwhile', 1]]);
});
