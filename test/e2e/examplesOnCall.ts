import { chain, effectNode, triggerNode } from '../support/swarmWorld';
import type { ExamplesWorld } from './examplesWorld';

const FILE = 'on-call.json';

export function examplesOnCall(started: () => ExamplesWorld): void {
  test('a chat is told of a task that gave up and why, and of the end', async () => {
    const world = started();
    const { n8n, credentials, witness, plain } = world;
    const consumer = await n8n.api.createWorkflow(
      chain('orders', [triggerNode(credentials, 'orders'), effectNode(witness)]),
    );
    await n8n.api.activate(consumer);
    world.answerWith('o1', () => 422);
    const url = `${witness.url}/effects/chat`;
    const trouble = await world.optionsOf(FILE, 'Trouble', {
      ...{ beginSeconds: 1, endSeconds: 1, everySeconds: 1, quietMinutes: 0.05 },
    });
    const watched = { watch: ['dead_letters'], queues: 'orders' };
    await world.publish(FILE, {
      Trouble: { ...trouble, ...watched },
      'Tell Causes': { url },
      Tell: { url },
    });

    await plain.publish('orders', { task_id: 'o1', intent: 'order.placed', ref: 'pg:orders/1' });
    await witness.waitFor(() => witness.bodies('chat').length === 2, 60_000);
    const [began, ended] = witness.bodies('chat').map((body) => JSON.parse(body) as Told);
    expect(began?.text).toMatch(/^🔴 1 dead letters wait .*"orders\.dead"/);
    expect(began?.text).toMatch(/\n• order\.placed · pg:orders\/1 · run_failed · .*422/);
    expect(ended?.text).toMatch(/^🟢 Over after .*"orders\.dead"/);
  });
}

interface Told {
  readonly text: string;
}
