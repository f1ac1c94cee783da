import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Budgets } from '../../src/budget/budgets';
import { look } from '../../src/observe/look';
import { metricsText } from '../../src/observe/metrics';
import { withStore } from '../../src/store/pool';
import { scopeOfQueue } from '../../src/word/scopes';
import { startChild } from '../support/childProcess';
import { promtool } from '../support/programs';
import { temporaryFolder, type TemporaryFolder } from '../support/temporaryFolder';
import { newWorld, TestHost } from '../support/world';

const run = promisify(execFile);
const EXAMPLES = join(__dirname, '../../examples/monitoring');

interface Dashboard {
  readonly title: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { name: string; query: unknown }[] };
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly gridPos: { h: number; w: number; x: number; y: number };
    readonly targets?: readonly { refId: string; expr: string }[];
  }[];
}

/** examples/monitoring, read by Prometheus' own tool. */
describe('examples/monitoring', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder('monitoring');
    await cp(EXAMPLES, folder.path, { recursive: true });
  });
  afterEach(() => folder.remove());

  const tool = async (...args: string[]) =>
    (await run(promtool(), args, { cwd: folder.path })).stdout;

  it('has a configuration that Prometheus takes, with its alerts', async () => {
    expect(await tool('check', 'config', 'prometheus.yml')).toContain('10 rules found');
  });

  it('has alerts that begin and end when they should', async () => {
    expect(await tool('test', 'rules', 'alerts.test.yml')).toContain('SUCCESS');
    const alerts = await readFile(join(EXAMPLES, 'alerts.yml'), 'utf8');
    const cases = await readFile(join(EXAMPLES, 'alerts.test.yml'), 'utf8');
    for (const [, name = ''] of alerts.matchAll(/- alert: (\w+)/g)) {
      expect(cases).toContain(`alertname: ${name}\n        exp_alerts:\n          - exp_labels`);
    }
  });

  it('asks for metrics that there are, in queries that Prometheus can read; and they keep to its conventions', async () => {
    const page = await pageOfEverything();
    const file = join(folder.path, 'page.txt');
    await writeFile(file, page);
    const checked = await startChild({
      name: 'promtool',
      command: 'sh',
      args: ['-c', `exec "$0" check metrics < "$1"`, promtool(), file],
    });
    expect([await checked.exited, checked.log()]).toEqual([{ code: 0, signal: null }, '']);

    const known = new Set([...page.matchAll(/^(agent_swarm_\w+)[{ ]/gm)].map(([, name]) => name));
    const board = JSON.parse(
      await readFile(join(EXAMPLES, 'grafana-dashboard.json'), 'utf8'),
    ) as Dashboard;
    const queries = board.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const alerts = await readFile(join(EXAMPLES, 'alerts.yml'), 'utf8');
    const asked = [
      alerts,
      ...queries,
      ...board.templating.list.map(({ query }) => JSON.stringify(query)),
    ];
    for (const [name] of asked.join('\n').matchAll(/agent_swarm_\w+/g)) {
      expect([...known]).toContain(name);
    }
    const records = queries.map((expr, at) => ({
      record: `query_${at}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }));
    const rules = join(folder.path, 'queries.json');
    await writeFile(rules, JSON.stringify({ groups: [{ name: 'queries', rules: records }] }));
    expect(await tool('check', 'rules', rules)).toContain(`${queries.length} rules found`);
  });

  it('has a dashboard whose panels lie beside each other, with names of their own', async () => {
    const { panels, schemaVersion } = JSON.parse(
      await readFile(join(EXAMPLES, 'grafana-dashboard.json'), 'utf8'),
    ) as Dashboard;
    expect(schemaVersion).toBe(39);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { h, w, x, y } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: h * w }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });
});

/** A page on which every metric stands. */
async function pageOfEverything(): Promise<string> {
  const world = await newWorld();
  try {
    const host = new TestHost(([item]) => {
      const { task_id: id, swarm } = item ?? {};
      if (id === 'parked') return { kind: 'waiting' };
      if (swarm?.attempt === 2 || id === 'good') return { kind: 'succeeded' };
      const status = id === 'bad' ? 404 : id === 'throttled' ? 429 : 503;
      const retryAfterMs = 1;
      return {
        kind: 'failed',
        error: { name: 'E', message: 'no', httpStatus: status, retryAfterMs },
      };
    });
    const { settled } = await world.consume({ retry: { baseMs: 1, throttles: 1 } }, host);
    for (const task_id of ['good', 'bad', 'flaky', 'parked', 'throttled', 'good']) {
      const timestamp = Math.floor(Date.now() / 1000);
      await world.plain.publish('work', { task_id, intent: 'x' }, { timestamp });
    }
    await settled(8);
    await withStore(world.store, async (store) => {
      const scope = await scopeOfQueue(store, 'work');
      // What takes a process that vanishes, and a replay: the metrics are there from the first on.
      await store.ask((client) =>
        Promise.all(
          ['crashes', 'replayed'].map((name) => client.hincrby(store.keys.counts(scope), name, 1)),
        ),
      );
      const budgets = new Budgets(store);
      const limits = { minute: { requests: 1 }, adaptive: null };
      await budgets.create('gpt', limits, { ifThere: 'update', isNew: true });
      const ask = (id: string) =>
        budgets.reserve('gpt', { id, tenant: 'red', requests: 1, input: 10, output: 10 });
      const granted = await ask('a');
      await ask('b');
      if (granted.kind !== 'granted') throw new Error(granted.kind);
      const { id, reserved } = granted;
      const held = { budget: 'gpt', id, tenant: 'red', learn: '', leaseMs: 1000, reserved };
      await budgets.reconcile(held, { input: 20, output: 5, ok: true });
      await budgets.block('gpt', 1000, 'a');
    });
    // Counts are written once a second.
    let sight = await look(world.store, world.broker);
    while (sight.queues[0]?.counts.received !== 8) sight = await look(world.store, world.broker);
    const queues = sight.queues.map((queue) => ({ ...queue, inFlight: 0 }));
    return await metricsText({ ...sight, queues }, new Map([['gpt', { input: 1, output: 2 }]]));
  } finally {
    await world.end();
  }
}
