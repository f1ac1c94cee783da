import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { agentSwarm } from '../../../src/cli/agentSwarm';
import { RefusedError } from '../../../src/contract/errors';
import { brokerSchema, type BrokerSettings } from '../../../src/contract/settings';
import { integrationServers } from '../../support/integrationServers';
import { startRabbitMq, type RabbitMq } from '../../support/rabbitMq';
import { deleteVhost, newVhost } from '../../support/rabbitMqNode';
import { connectPlainBroker, type PlainBroker } from '../../support/plainBroker';
import { storeFlags } from '../../support/storeAddress';
import { newWorld, startConsumer, TestHost, type World } from '../../support/world';

jest.setTimeout(90_000);

const FILE = `
longest_delay: 1m
exchanges:
  events: { type: topic }
  by-kind: { type: headers, bind: [{ exchange: events, routing_keys: ['kind.*'] }] }
queues:
  documents:
    lanes: 2
    bind: [{ exchange: events, routing_keys: ['document.#', 'page.*'] }]
  invoices:
    dead_queue: invoices.failed
    bind: [{ exchange: by-kind, routing_keys: [''], headers: { x-match: all, kind: invoice } }]
policies:
  leaders: { pattern: '^(documents|invoices)$', definition: { queue-leader-locator: balanced } }
budgets:
  gpt: { minute: { requests: 500 }, tenant_share: 0.5, guard: 1s }
`;

let rabbit: RabbitMq;
let world: World;
let folder: string;
let plain: PlainBroker;
let broker: BrokerSettings;
let url: string;
let vhosts = 0;

beforeAll(async () => {
  rabbit = await startRabbitMq({ management: true });
});
afterAll(() => rabbit?.stop());

beforeEach(async () => {
  world = await newWorld();
  folder = mkdtempSync(join(tmpdir(), 'agent-swarm-topology-'));
  await useVhost(`v${(vhosts += 1)}`);
});
afterEach(async () => {
  await plain.close();
  await world.end();
  rmSync(folder, { recursive: true, force: true });
});

async function useVhost(vhost: string): Promise<void> {
  url = await rabbit.newVhost(vhost);
  plain = await connectPlainBroker(url, rabbit.node);
  broker = brokerSchema.parse({ hosts: [{ host: '127.0.0.1', port: rabbit.port }], vhost });
}

async function topology(
  [act, ...flags]: readonly string[],
  { text = FILE, at = url }: { text?: string; at?: string } = {},
): Promise<{ code: number; out: string }> {
  const file = join(folder, 'swarm.yaml');
  writeFileSync(file, text);
  let out = '';
  const redis = [...storeFlags(integrationServers().store), '--prefix', world.keys.prefix];
  const servers = ['--rabbitmq', at, '--management', rabbit.managementUrl ?? '', ...redis];
  const code = await agentSwarm({
    argv: [
      ...['node', 'agent-swarm', 'topology', act ?? '', file],
      ...(act === 'export' ? [] : servers),
      ...flags,
    ],
    env: {},
    out: (said) => (out += said),
    error: (said) => (out += said),
  });
  return { code, out };
}

interface Told {
  differences: { change: string; kind: string; name: string; said?: string; remedy?: string }[];
  findings: { check: string; said: string }[];
}
/** Everything that is not as the file says. */
async function told(text = FILE): Promise<Told['differences']> {
  const { out } = await topology(['plan', '--json'], { text });
  return (JSON.parse(out) as Told).differences;
}

const AS_IT_IS = { code: 0, out: expect.stringContaining('Everything is as the file says.') };

it('plans, applies, and finds nothing more to do', async () => {
  const before = await topology(['plan']);
  expect(before.code).toBe(3);
  expect(before.out).toMatch(/^\+ queue documents\.lane\.1$/m);
  expect(before.out).toMatch(/^\+ exchange events$/m);
  expect(before.out).toMatch(/^\+ binding events -> documents \(page\.\*\)$/m);
  expect(before.out).toMatch(/^\+ policy leaders$/m);
  expect(before.out).toMatch(/^\+ budget gpt$/m);
  expect(before.out).toMatch(/^\d+ to create\.$/m);
  expect(await topology(['apply'])).toEqual(AS_IT_IS);
  expect(await topology(['plan'])).toEqual(AS_IT_IS);
  // Made again, after it broke off or by somebody else, it changes nothing.
  expect(await topology(['apply'])).toEqual(AS_IT_IS);
});

it('is what triggers declare themselves', async () => {
  const queue = 'documents';
  const retry = { capMs: 60_000 };
  const running = await startConsumer(
    { broker, store: world.store },
    { queue, lanes: 2, retry },
    new TestHost(),
  );
  await running.close();
  const text = 'longest_delay: 1m\nqueues: { documents: { lanes: 2 } }';
  expect(await topology(['plan'], { text })).toEqual(AS_IT_IS);
});

it('exports definitions that make an empty broker the same', async () => {
  const { out } = await topology(['export', '--format', 'definitions', '--vhost', broker.vhost]);
  await rabbit.ctl('import_definitions', definitionsFile(JSON.parse(out) as object));
  // A budget is in Redis, and not in definitions.
  expect(await told()).toEqual([{ change: 'create', kind: 'budget', name: 'gpt' }]);
});

it('serves triggers that may configure nothing and only check', async () => {
  await topology(['apply']);
  const username = `checker-${broker.vhost}`;
  await rabbit.ctl('add_user', username, 'pw');
  await rabbit.ctl('set_permissions', '-p', broker.vhost, username, '^$', '.*', '.*');
  let failures = 0;
  const host = new TestHost(([item]) => {
    if (item?.task_id === 'good' || (item?.task_id === 'flaky' && failures++ > 0)) {
      return { kind: 'succeeded' };
    }
    const httpStatus = item?.task_id === 'bad' ? 404 : 503;
    return { kind: 'failed', error: { name: 'Error', message: 'no', httpStatus } };
  });
  const running = await startConsumer(
    { broker: { ...broker, username, password: 'pw' }, store: world.store },
    {
      topology: { queue: 'documents', mode: 'check' },
      ...{ queue: 'documents', lanes: 2, retry: { baseMs: 300, factor: 1, capMs: 60_000 } },
    },
    host,
  );
  for (const task_id of ['good', 'flaky', 'bad']) {
    await plain.publish('documents', { task_id, intent: 'x', tenant: task_id });
  }
  const ends = (await running.settled(4)).map(({ verdict }) => verdict.kind).sort();
  expect(ends).toEqual(['dead', 'done', 'done', 'retried']);
  await plain.waitForDepth('documents.dead', 1);
  await running.close();
  expect(await topology(['plan'])).toEqual(AS_IT_IS);
});

it('shows what drifted, and takes it back', async () => {
  await topology(['apply']);
  const { channel } = plain;
  await channel.bindQueue('invoices', 'events', 'stray.#');
  await rabbit.ctl('set_policy', '-p', broker.vhost, 'leaders', '^documents$', '{"max-length":9}');
  await rabbit.ctl('set_policy', '-p', broker.vhost, 'other', '^doc', '{"delivery-limit":5}');
  await channel.deleteQueue('documents.lane.1');
  const found = await told();
  expect(found.map(({ change, kind, name }) => `${change} ${kind} ${name}`)).toEqual([
    'create queue documents.lane.1',
    'change policy leaders',
    'extra policy other',
    'extra binding events -> invoices (stray.#)',
  ]);
  expect(found[1]?.said).toBe(
    'applyTo "all" -> "queues", pattern "^documents$" -> "^(documents|invoices)$", definition {"max-length":9} -> {"queue-leader-locator":"balanced"}',
  );
  expect(found[2]?.said).toContain('"documents", "documents.lane.0"');

  const kept = await topology(['apply']);
  expect(kept.code).toBe(3);
  expect(kept.out).toMatch(/^- binding events -> invoices \(stray\.#\)/m);
  await rabbit.ctl('clear_policy', '-p', broker.vhost, 'other');
  expect(await topology(['apply', '--prune'])).toEqual(AS_IT_IS);
});

it('changes limits of a budget, and leaves alone one that is as it should be', async () => {
  await topology(['apply']);
  const text = FILE.replace('requests: 500', 'requests: 400');
  expect(await told(text)).toMatchObject([
    { change: 'change', kind: 'budget', said: expect.stringContaining('"requests":500') },
  ]);
  expect(await topology(['apply'], { text })).toEqual(AS_IT_IS);
});

it('explains what cannot be changed, and then changes nothing at all', async () => {
  await plain.channel.assertQueue('documents', { durable: true });
  await plain.channel.assertExchange('events', 'fanout');
  const found = (await told()).filter(({ change }) => change === 'conflict');
  expect(found).toContainEqual({
    ...{ change: 'conflict', kind: 'queue', name: 'documents' },
    said: expect.stringMatching(
      /^has x-queue-type none, the file needs "quorum": a quorum queue survives .* cannot change it while the queue exists$/,
    ),
    remedy: expect.stringContaining('delete the queue when it is empty'),
  });
  expect(found).toContainEqual(
    expect.objectContaining({ kind: 'exchange', said: expect.stringContaining('"fanout"') }),
  );
  const refused = await topology(['apply']);
  expect(refused.code).toBe(1);
  expect(refused.out).toContain('Nothing was changed: exchange "events"');
  expect(await told()).toEqual(
    expect.arrayContaining([{ change: 'create', kind: 'queue', name: 'invoices' }]),
  );
});

it('says what this user may not make', async () => {
  const username = `looker-${broker.vhost}`;
  await rabbit.ctl('add_user', username, 'pw');
  await rabbit.ctl('set_user_tags', username, 'management');
  await rabbit.ctl('set_permissions', '-p', broker.vhost, username, '.*', '.*', '.*');
  const at = url.replace('guest:guest', `${username}:pw`);
  const text = 'queues: { documents: {} }';
  expect(await topology(['apply'], { text, at })).toEqual(AS_IT_IS);
  const refused = await topology(['apply'], { at });
  expect(refused.code).toBe(1);
  expect(refused.out).toMatch(/may not make the policy "leaders".*set_user_tags .* policymaker/s);
  expect(refused.out).not.toContain(RefusedError.name);
  // Policies come first, so that nothing is made without them.
  expect(await plain.exists('invoices')).toBe(false);
});

it('tells what would break a promise', async () => {
  const text = `${FILE}\n  # nothing more`.replace(
    'queue-leader-locator: balanced',
    'max-length: 5',
  );
  const { out, code } = await topology(['plan'], { text });
  expect(code).toBe(3);
  expect(out).toMatch(/^warning: "documents" has a length limit: .*$/m);
});

it('takes away a binding whose arguments are numbers, which AMQP cannot name from JSON', async () => {
  await topology(['apply']);
  await rabbit.ctl(
    'import_definitions',
    definitionsFile({
      bindings: [
        {
          ...{ source: 'by-kind', vhost: broker.vhost, destination: 'invoices' },
          ...{
            destination_type: 'queue',
            routing_key: '',
            arguments: { 'x-match': 'all', size: 5 },
          },
        },
      ],
    }),
  );
  expect(await told()).toMatchObject([{ change: 'extra', kind: 'binding' }]);
  expect(await topology(['apply', '--prune'])).toEqual(AS_IT_IS);
});

it('leaves alone what other queues send to a queue for dead letters that they share', async () => {
  await topology(['apply']);
  await plain.channel.bindQueue('invoices.failed', 'swarm.dead', 'others');
  expect(await topology(['apply', '--prune'])).toEqual(AS_IT_IS);
  await plain.publishTo('swarm.dead', 'others', { task_id: 'a' });
  await plain.waitForDepth('invoices.failed', 1);
});

it('sees that an exchange goes when it is not used', async () => {
  await plain.channel.assertExchange('events', 'topic', { autoDelete: true });
  expect(await told()).toContainEqual(
    expect.objectContaining({
      ...{ change: 'conflict', kind: 'exchange', name: 'events' },
      said: expect.stringContaining('has auto_delete true, the file needs false'),
    }),
  );
});

it('changes nothing when the management API belongs to another cluster', async () => {
  const { broker: other } = integrationServers();
  const at = await newVhost(other);
  const client = await connectPlainBroker(at, other);
  const vhost = new URL(at).pathname.slice(1);
  await rabbit.newVhost(decodeURIComponent(vhost));
  const { code, out } = await topology(['apply'], { at });
  expect(code).toBe(1);
  expect(out).toContain('belongs to another cluster');
  expect(await client.exists('documents')).toBe(false);
  await client.close();
  await deleteVhost(other, at);
});

function definitionsFile(definitions: object): string {
  const file = join(folder, 'more.json');
  writeFileSync(file, JSON.stringify(definitions));
  return file;
}
