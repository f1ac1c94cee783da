import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';

import { agentSwarm } from '../../../src/cli/agentSwarm';
import { budgetSchema } from '../../../src/contract/budget';
import { advise, boundsOf, workloadSchema } from '../../../src/scaling/advice';
import { kedaManifests } from '../../../src/scaling/keda';

const limits = (given: object) => budgetSchema.parse({ adaptive: null, ...given });
const load = (given: object) => workloadSchema.parse({ arrivals: 1, runSeconds: 10, ...given });

test('requests: 600 a minute, with the guard, feed 9.66 tasks of one call a second', () => {
  const { bound, inHand, prefetch, workers } = advise(
    load({}),
    limits({ minute: { requests: 600 } }),
  );
  expect(bound?.limit).toBe('requests a minute');
  expect(bound?.tasksPerSecond).toBeCloseTo(600 / 62.125, 6);
  expect(inHand).toBeCloseTo(96.6, 1);
  expect([prefetch, workers]).toEqual([100, { least: 1, most: 10 }]);
});

test('tokens: what a call reserves counts while it is under way', () => {
  const workload = load({ inputTokens: 200, outputTokens: 494, reservedTokens: 4096 });
  const [bound] = boundsOf(workload, limits({ minute: { total: 90_000 } }));
  expect(bound?.tasksPerSecond).toBeCloseTo(90_000 / (62.125 * 694 + 10 * 4296), 6);
});

test('what comes is more than the budget feeds: tasks pile up, and what waits is never gone', () => {
  const advice = advise(load({ arrivals: 20, waiting: 5 }), limits({ minute: { requests: 600 } }));
  expect(advice.load).toBeGreaterThan(2);
  expect(advice.drainSeconds).toBeUndefined();
  expect(advice.workers.least).toBe(advice.workers.most);
});

test('without a budget workers follow what comes and what is to be drained', () => {
  const advice = advise(load({ arrivals: 2, waiting: 50_000, drainSeconds: 10_000 }));
  expect([advice.tasksPerSecond, advice.drainSeconds]).toEqual([7, 10_000]);
  expect(advice.workers).toEqual({ least: 2, most: 7 });
});

test('light runs are bounded by the CPU of workers', () => {
  const { workers } = advise(load({ arrivals: 60, runSeconds: 0.05 }));
  expect(workers.most).toBe(6);
});

const workloads = fc.record({
  arrivals: fc.double({ min: 0, max: 100, noNaN: true }),
  waiting: fc.nat(100_000),
  runSeconds: fc.double({ min: 0.1, max: 600, noNaN: true }),
  calls: fc.integer({ min: 1, max: 20 }),
  inputTokens: fc.nat(100_000),
  outputTokens: fc.nat(10_000),
  slots: fc.integer({ min: 1, max: 50 }),
});
const budgets = fc.record(
  {
    requests: fc.integer({ min: 1, max: 100_000 }),
    input: fc.integer({ min: 1, max: 10_000_000 }),
    total: fc.integer({ min: 1, max: 10_000_000 }),
  },
  { requiredKeys: [] },
);

test('of any workload: no limit is passed at the rate, one is reached, and nobody is laid out to wait', () => {
  fc.assert(
    fc.property(workloads, budgets, (given, minute) => {
      const workload = workloadSchema.parse(given);
      const held = limits({ minute });
      const { bound, tasksPerSecond, workers, prefetch, inHand } = advise(workload, held);
      const all = boundsOf(workload, held).map((one) => one.tasksPerSecond);
      if (bound) expect(tasksPerSecond).toBe(Math.min(...all));
      // A minute of work at the rate stays within what the provider grants in a minute.
      if (minute.requests && bound) {
        expect(tasksPerSecond * 60 * workload.calls).toBeLessThanOrEqual(minute.requests);
      }
      expect(workers.least).toBeLessThanOrEqual(workers.most);
      expect((workers.most - 1) * workload.slots).toBeLessThanOrEqual(
        Math.max(inHand, tasksPerSecond * workload.cpuSeconds * workload.slots) + 1e-6,
      );
      expect(prefetch).toBeLessThanOrEqual(Math.min(2000, workers.most * workload.slots));
    }),
  );
});

/** What KEDA's schema has against manifests; its package is for modules alone, so a process of its own reads them. */
function refusal(manifests: readonly object[]): string {
  const program = join(__dirname, '../../support/kedaSchema.mjs');
  const { stderr, status } = spawnSync(process.execPath, [program], {
    input: JSON.stringify(manifests),
    encoding: 'utf8',
  });
  return status === 0 ? '' : `${status}: ${stderr}`;
}

const TARGET = {
  ...{ deployment: 'n8n-worker', namespace: 'n8n', queue: 'my.docs', vhost: '/' },
  ...{ slots: 10, bullPrefix: 'bull', secret: 's' },
  ...{ bullDatabase: 0, bullTls: false },
};

test('the manifests are what KEDA takes, and never scale above what the budget feeds', () => {
  const advice = advise(load({}), limits({ minute: { requests: 600 } }));
  const manifests = kedaManifests(advice, TARGET);
  expect(refusal(manifests)).toBe('');
  const scaled = manifests[2] as { spec: { triggers: { metadata: { queueName: string } }[] } };
  expect(refusal([{ ...scaled, spec: { ...scaled.spec, triggers: 5 } }])).toContain('triggers');
  expect(scaled).toMatchObject({ spec: { minReplicaCount: 0, maxReplicaCount: 10 } });
  const { queueName = '' } = scaled.spec.triggers[0]?.metadata ?? {};
  const pattern = new RegExp(queueName);
  expect(['my.docs', 'my.docs.lane.3'].every((name) => pattern.test(name))).toBe(true);
  expect(
    ['my.docs.dead', 'myxdocs', 'my.docs2', 'a.my.docs'].some((name) => pattern.test(name)),
  ).toBe(false);
});

async function program(...flags: string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const code = await agentSwarm({
    argv: ['node', 'agent-swarm', 'scale-advice', ...flags],
    env: {},
    out: (text) => (out += text),
    error: (text) => (out += text),
  });
  return { code, out };
}

test('the program: a person reads it', async () => {
  const { code, out } = await program(
    '--arrivals',
    '10M/month',
    '--run',
    '20s',
    '--waiting',
    '50000',
    '--within',
    '2h',
  );
  expect(code).toBe(0);
  expect(out).toContain('Laid out for 10.8 tasks a second.');
  expect(out).toContain('3.86 tasks a second come: 35.7 % of that.');
  expect(out).toContain('Workers of 10 slots: 8 for what comes, 22 at most');
  expect(out).toContain('50000 that wait are gone after 2 hours.');
});

test('the program: manifests as YAML', async () => {
  const { out } = await program(
    '--arrivals',
    '5/s',
    '--run',
    '20s',
    '--format',
    'keda',
    '--queue',
    'docs',
  );
  const kinds = parseAllDocuments(out).map((one) => (one.toJS() as { kind: string }).kind);
  expect(kinds).toEqual(['TriggerAuthentication', 'TriggerAuthentication', 'ScaledObject']);
});

test('the example is what the program writes', async () => {
  const work = ['--arrivals', '10M/month', '--run', '20s', '--waiting', '50000', '--within', '3h'];
  const { out } = await program(...work, '--format', 'keda', '--queue', 'documents');
  expect(readFileSync(join(__dirname, '../../../examples/deploy/keda.yaml'), 'utf8')).toBe(out);
});

test.each([
  [['--arrivals', 'many', '--run', '20s'], '--arrivals'],
  [['--arrivals', '5/s', '--run', '20'], '--run'],
  [['--arrivals', '5/s', '--run', '20s', '--slots', '0'], 'slots'],
  [['--arrivals', '5/s', '--run', '20s', '--format', 'keda'], '--queue'],
])('the program: %j is refused by the name of the option', async (flags, option) => {
  const { code, out } = await program(...flags);
  expect(code).not.toBe(0);
  expect(out).toContain(option);
});
