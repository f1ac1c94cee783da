import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

import type { Standing } from '../../../src/broker/standing';
import { lint } from '../../../src/cli/topology/lint';
import { InputError } from '../../../src/contract/errors';
import { compare } from '../../../src/topology/compare';
import { definitionsOf } from '../../../src/topology/definitions';
import { readTopology } from '../../../src/topology/file';
import { terraformOf } from '../../../src/topology/terraform';
import { wantedBy, type Wanted } from '../../../src/topology/wanted';

const read = (text: string): Wanted => wantedBy(readTopology(parse(text)));

/** A broker that took the definitions, by what its management API then tells. */
function standingOf(wanted: Wanted): Standing {
  const made = definitionsOf(wanted, '/') as {
    queues: { name: string; arguments: Record<string, unknown> }[];
    exchanges: { name: string; type: string; arguments: Record<string, unknown> }[];
    bindings: Record<string, unknown>[];
    policies: Record<string, unknown>[];
  };
  const byName = <T extends { name: string }>(all: T[]) =>
    new Map(all.map((one) => [one.name, one]));
  return {
    ...{ version: '4.0.5', cluster: 'c' },
    exchanges: byName(
      made.exchanges.map((one) => ({ ...one, durable: true, autoDelete: false, internal: false })),
    ),
    queues: byName(
      made.queues.map((one) => ({ ...one, durable: true, operatorPolicy: undefined })),
    ),
    bindings: made.bindings.map((one) => ({
      ...{ from: one.source as string, to: one.destination as string },
      ...{ toKind: one.destination_type as string, routingKey: one.routing_key as string },
      arguments: one.arguments as Record<string, unknown>,
      key: '',
    })),
    policies: new Map(wanted.policies.map((one) => [one.name, one])),
  };
}

const word = fc.stringMatching(/^[a-z][a-z.-]{0,8}$/);
const exchangeType = fc.constantFrom('topic', 'direct', 'fanout');
const files = fc.uniqueArray(word, { maxLength: 3 }).chain((exchanges) =>
  fc.record({
    longest_delay: fc.integer({ min: 60_000, max: 9 * 24 * 3_600_000 }),
    exchanges: fc
      .constant(exchanges)
      .chain((names) =>
        fc
          .tuple(...names.map(() => fc.record({ type: exchangeType })))
          .map((types) =>
            Object.fromEntries(names.map((name, index) => [`x-${name}`, types[index]])),
          ),
      ),
    queues: fc.dictionary(
      word.map((name) => `q-${name}`),
      fc.record({
        lanes: fc.option(fc.integer({ min: 2, max: 4 }), { nil: undefined }),
        bind:
          exchanges.length === 0
            ? fc.constant([])
            : fc.array(
                fc.record({
                  exchange: fc.constantFrom(...exchanges).map((name) => `x-${name}`),
                  routing_keys: fc.array(word, { maxLength: 3 }),
                }),
                { maxLength: 3 },
              ),
      }),
      { maxKeys: 3 },
    ),
    policies: fc.dictionary(
      word,
      fc.record({
        pattern: word.map((name) => `^q-${name}`),
        definition: fc.constant({ 'queue-leader-locator': 'balanced' }),
      }),
      { maxKeys: 2 },
    ),
  }),
);

test('of any file: a broker that took its definitions does not differ, and an empty one lacks all of it', () => {
  const empty: Standing = {
    ...{ version: '4.0.5', cluster: 'c', bindings: [] },
    ...{ exchanges: new Map(), queues: new Map(), policies: new Map() },
  };
  fc.assert(
    fc.property(files, (file) => {
      const wanted = wantedBy(readTopology(file));
      expect(compare(wanted, standingOf(wanted))).toEqual([]);
      const missing = compare(wanted, empty);
      expect(missing.every(({ change }) => change === 'create')).toBe(true);
      expect(missing).toHaveLength(wanted.declarations.length + wanted.policies.length);
    }),
  );
});

test('of any file: what one thing less or another argument makes of a broker is told, and nothing else', () => {
  fc.assert(
    fc.property(files, fc.nat(), fc.boolean(), (file, pick, isGone) => {
      const wanted = wantedBy(readTopology(file));
      const whole = standingOf(wanted);
      const queues = [...whole.queues.values()];
      const hit = queues[pick % queues.length];
      fc.pre(hit !== undefined);
      const rest = queues.filter((one) => one !== hit);
      const other = { ...hit, arguments: { ...hit.arguments, 'x-delivery-limit': 3 } };
      const changed = isGone ? rest : [...rest, other];
      const there = { ...whole, queues: new Map(changed.map((one) => [one.name, one])) };
      expect(compare(wanted, there)).toMatchObject([
        { kind: 'queue', name: hit.name, change: isGone ? 'create' : 'conflict' },
      ]);
    }),
  );
});

test.each([
  ['queues: { a: { lane: 2 } }', 'queues.a', 'lane'],
  ['queues: { a: { lanes: 1 } }', 'queues.a.lanes', '2'],
  ['queues: { a: { bind: [{ exchange: x }] } }', 'a.bind', 'names the exchange "x"'],
  ['queues: { amq.a: {} }', 'amq.a', 'name of RabbitMQ'],
  ['queues: { swarm.delay.03: {} }', 'swarm.delay.03', 'of the pack itself'],
  ['queues: { a: {}, a.dead: {} }', 'queue a.dead', 'two ways'],
  ['queues: { a: {} }\nexchanges: { swarm.dead: {} }', 'exchange swarm.dead', 'two ways'],
  ['longest_delay: soon', 'longest_delay', 'is no time'],
  ['longest_delay: 10d', 'longest_delay', '<='],
  ['budgets: { g: { minute: { requets: 5 } } }', 'budgets.g.minute', 'requets'],
  ['budgets: { g: { tenant_share: 2 } }', 'budgets.g.tenant_share', '<='],
  ["longest_delay: ''", 'longest_delay', 'is no time'],
  ['version: 2', 'version', 'is not 1'],
  [
    'exchanges: { x: { type: headers, bind: [{ exchange: amq.topic, headers: { a: 1 } }] } }',
    'exchanges.x.bind',
    'has headers',
  ],
])('%s is refused by the name of its field', (text, field, problem) => {
  let error: unknown;
  try {
    read(text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(InputError);
  expect((error as InputError).message).toContain(field);
  expect((error as InputError).message).toContain(problem);
});

test('the example of the docs is a topology, and breaks no promise', () => {
  const path = join(__dirname, '../../../examples/topology/swarm.yaml');
  const wanted = read(readFileSync(path, 'utf8'));
  expect([...wanted.queues.keys()]).toEqual(
    expect.arrayContaining(['documents.lane.3', 'reports.dead']),
  );
  for (const version of ['3.10.8', '3.13.7', '4.0.5', '4.2.0'])
    expect(lint(wanted, version)).toEqual([]);
});

test.each([
  ['3.9.29', 'problem', 'Its quorum queues dead-letter at most once', ''],
  [
    '3.11.0',
    'warning',
    'sets consumer-timeout, which RabbitMQ has from 3.12 on',
    '{ pattern: a, definition: { consumer-timeout: 1 } }',
  ],
  [
    '3.11.0',
    'problem',
    'applies to quorum_queues',
    '{ pattern: a, apply_to: quorum_queues, definition: { max-length: 1 } }',
  ],
  [
    '4.0.5',
    'problem',
    'has a delivery limit of 7',
    '{ pattern: "^a$", definition: { delivery-limit: 7 } }',
  ],
  [
    '4.0.5',
    'problem',
    'sets message-ttl for "swarm.delay.03"',
    '{ pattern: "^swarm", definition: { message-ttl: 1000 } }',
  ],
  [
    '4.0.5',
    'problem',
    '"a.dead" has a time to live',
    '{ pattern: dead, definition: { message-ttl: 1000 } }',
  ],
])('lint for %s: %s, %s', (version, level, said, policy) => {
  const found = lint(read(`queues: { a: {} }\npolicies: { ${policy && `p: ${policy}`} }`), version);
  expect(found).toContainEqual(
    expect.objectContaining({ level, said: expect.stringContaining(said) }),
  );
});

test('of policies that fit one queue the one with the highest priority holds alone', () => {
  const policies = `policies:
    low: { pattern: a, definition: { delivery-limit: 7 } }
    high: { pattern: a, priority: 1, definition: { queue-leader-locator: balanced } }`;
  expect(lint(read(`queues: { a: {} }\n${policies}`), '4.0.5')).toEqual([]);
});

test('Terraform: queues cannot be destroyed, arguments keep their types, bindings follow what they bind', () => {
  const text = `
    longest_delay: 1m
    exchanges: { e.x: {} }
    queues: { a.b: { bind: [{ exchange: e.x, routing_keys: [k, 'k#'] }] }, a_b: {} }
    policies: { p: { pattern: '^a\${', definition: { max-length: 5 } } }`;
  const made = terraformOf(read(text), 'v') as {
    resource: Record<string, Record<string, Record<string, unknown>>>;
  };
  const { rabbitmq_queue: queues = {}, rabbitmq_binding: bindings = {} } = made.resource;
  const [label = ''] = Object.keys(queues).filter((key) => queues[key]?.name === 'a.b');
  expect(label).toMatch(/^a_b_[0-9a-f]{8}$/);
  expect(queues[label]).toMatchObject({
    ...{ vhost: 'v', lifecycle: { prevent_destroy: true }, depends_on: ['rabbitmq_policy.p'] },
    settings: { durable: true },
  });
  expect(queues.a_b).toMatchObject({ name: 'a_b' });
  const { arguments_json } = queues[label]?.settings as { arguments_json: string };
  expect(JSON.parse(arguments_json)).toMatchObject({ 'x-delivery-limit': 1_000_000_000 });
  const bound = Object.values(bindings).filter(({ source }) =>
    /^\$\{rabbitmq_exchange\.e_x_[0-9a-f]{8}\.name\}$/.test(String(source)),
  );
  expect(bound).toMatchObject([
    {
      destination: `\${rabbitmq_queue.${label}.name}`,
      destination_type: 'queue',
      routing_key: 'k',
    },
    { routing_key: 'k#' },
  ]);
  const { p } = made.resource.rabbitmq_policy ?? {};
  expect(p).toMatchObject({ policy: { pattern: '^a$${', apply_to: 'queues', priority: 0 } });
  const labels = Object.values(made.resource).flatMap((all) => Object.keys(all));
  for (const label of labels) expect(label).toMatch(/^[A-Za-z_][\w-]*$/);
});

test.each(['a@b', 'a/b', 'a${b'])(
  'Terraform: %s is a name that its provider cannot read back',
  (name) => {
    expect(() => terraformOf(read(`queues: { '${name}': {} }`), '/')).toThrow(InputError);
  },
);
