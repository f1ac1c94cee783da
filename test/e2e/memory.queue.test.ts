import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { freePort } from '../support/freePort';
import { chain, startSwarmWorld, triggerNode, type SwarmWorld } from '../support/swarmWorld';

jest.setTimeout(300_000);

const REFERENCES = 200_000;
const PREFETCH = 100;

let world: SwarmWorld;
let inspector: number;
beforeAll(async () => {
  inspector = await freePort();
  // Without a worker no run ever ends. The inspector lets garbage be collected before a look.
  const env = { NODE_OPTIONS: `--inspect=127.0.0.1:${inspector}` };
  world = await startSwarmWorld({ mode: 'queue', workers: 0, env });
});
afterAll(async () => {
  await world?.stop();
});

/** Has the main collect its garbage, which the start of n8n leaves by the hundred MB. */
async function collectGarbage(): Promise<void> {
  const found = await fetch(`http://127.0.0.1:${inspector}/json`);
  const [target] = (await found.json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve, reject) => {
    socket.onerror = () => reject(new Error('the inspector cannot be reached'));
    socket.onmessage = resolve;
    socket.onopen = () =>
      socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }));
  });
  socket.close();
}

/** Resident memory of the main without its garbage, MB: the least of some looks. */
async function residentMemory(): Promise<number> {
  const looks: number[] = [];
  for (let look = 0; look < 8; look += 1) {
    await collectGarbage();
    const status = await readFile(`/proc/${world.n8n.pid('main')}/status`, 'utf8');
    looks.push(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
    await delay(1000);
  }
  return Math.min(...looks);
}

async function fill(queue: string): Promise<void> {
  for (let start = 0; start < REFERENCES; start += 2000) {
    await Promise.all(
      Array.from({ length: 2000 }, (_, index) => {
        const id = `task-${start + index}`;
        const body = { task_id: id, intent: 'extract', ref: `pg:documents/${start + index}` };
        return world.plain.publish(queue, body, { messageId: id });
      }),
    );
  }
}

test('with 200,000 references waiting and the window full, main takes less than 50 MB more than idle', async () => {
  const noOp = { name: 'No-Op', type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} };
  const workflow = await world.n8n.api.createWorkflow(
    chain('memory', [triggerNode(world.credentials, 'memory', { prefetch: PREFETCH }), noOp]),
  );
  await world.n8n.api.activate(workflow);
  // A first task warms up what n8n loads with its first execution.
  await world.plain.publish('memory', { task_id: 'warm-up', intent: 'x' }, { messageId: 'w' });
  await world.plain.waitForUnacked('memory', 1, 120_000);
  const idle = await residentMemory();
  await fill('memory');
  await world.plain.waitForUnacked('memory', PREFETCH, 120_000);
  const full = await residentMemory();
  console.log(
    `main's RSS without garbage: ${idle.toFixed(0)} MB idle, ${full.toFixed(0)} MB with the window full`,
  );
  expect((await world.plain.depth('memory')).ready).toBe(REFERENCES + 1 - PREFETCH);
  expect(full - idle).toBeLessThan(50);
});
