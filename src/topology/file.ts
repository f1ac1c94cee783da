import { z } from 'zod/v4';

import { budgetSchema } from '../contract/budget';
import { InputError } from '../contract/errors';
import { LONGEST_DELAY_MS } from '../contract/retrySettings';
import { amqpName, EXCHANGE_TYPES, readSettings } from '../contract/settings';
import { millisecondsIn } from '../contract/times';

const time = z.union([z.number(), z.string()]).transform((given, context) => {
  const read = typeof given === 'number' ? given : millisecondsIn(given);
  if (read !== undefined && Number.isFinite(read)) return read;
  context.addIssue({ code: 'custom', message: 'is no time such as 30s, 15m or 7d' });
  return z.NEVER;
});

const argumentsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const bindSchema = z.strictObject({
  exchange: amqpName,
  routing_keys: z.array(z.string().max(255)).default(['#']),
  headers: argumentsSchema.default({}),
});

const queueSchema = z.strictObject({
  /** Twice as many as those of a trigger with priorities on a broker before 4.0. */
  lanes: z.int().min(2).max(128).optional(),
  dead_exchange: amqpName.default('swarm.dead'),
  dead_queue: amqpName.optional(),
  bind: z.array(bindSchema).default([]),
  /** Beside those of the pack, such as `x-quorum-initial-group-size`. */
  arguments: argumentsSchema.default({}),
});

const exchangeSchema = z.strictObject({
  type: z.enum(EXCHANGE_TYPES).default('topic'),
  arguments: argumentsSchema.default({}),
  bind: z.array(bindSchema).default([]),
});

const policySchema = z.strictObject({
  pattern: z.string().min(1, 'is empty'),
  apply_to: z
    .enum(['queues', 'exchanges', 'all', 'quorum_queues', 'classic_queues', 'streams'])
    .default('queues'),
  priority: z.int().default(0),
  definition: z.record(z.string(), z.unknown()),
});

/** A name that is misspelt must not be a limit that does not hold. */
const amountsSchema = z
  .strictObject({
    requests: z.unknown(),
    input: z.unknown(),
    output: z.unknown(),
    total: z.unknown(),
  })
  .optional();

/** What a budget calls otherwise. */
const FILE_NAMES: Readonly<Record<string, string>> = {
  ...{ tenantShare: 'tenant_share', guardMs: 'guard' },
};

/** As a budget's limits, in the names of files; what is out of range is told by the budget's own schema. */
const limitsSchema = z
  .strictObject({
    minute: amountsSchema,
    day: amountsSchema,
    calls: z.unknown(),
    tenant_share: z.unknown(),
    burst: z.unknown(),
    guard: time.optional(),
    adaptive: z.unknown(),
  })
  .transform(({ tenant_share: tenantShare, guard: guardMs, ...rest }, context) => {
    const read = budgetSchema.safeParse({ ...rest, tenantShare, guardMs });
    if (read.success) return read.data;
    for (const { path, message } of read.error.issues) {
      const named = path.map((part) => FILE_NAMES[String(part)] ?? String(part));
      context.addIssue({ code: 'custom', path: named, message });
    }
    return z.NEVER;
  });

const fileSchema = z.strictObject({
  version: z.literal(1, 'is not 1, the only version there is').default(1),
  /** Longest delay that the ladder has steps for, 1 min to 9 days: the longest of retries, Delay, Not Before and Wait nodes. */
  longest_delay: time.pipe(z.number().min(60_000).max(LONGEST_DELAY_MS)).default(15 * 60_000),
  queues: z
    .record(
      amqpName,
      queueSchema.nullable().transform((given) => given ?? queueSchema.parse({})),
    )
    .default({}),
  exchanges: z.record(amqpName, exchangeSchema).default({}),
  policies: z.record(z.string().min(1), policySchema).default({}),
  budgets: z.record(z.string().min(1).max(512), limitsSchema).default({}),
});

/** A topology as a person writes it. */
export type TopologyFile = z.output<typeof fileSchema>;

/** @param given what YAML or JSON made of it; null for an empty file @throws InputError that names the field */
export function readTopology(given: unknown): TopologyFile {
  const file = readSettings(fileSchema, given ?? {});
  const names = [...Object.keys(file.queues), ...Object.keys(file.exchanges)];
  for (const [name, { bind }] of [
    ...Object.entries(file.queues),
    ...Object.entries(file.exchanges),
  ]) {
    const missing = bind.find(
      ({ exchange }) => !exchange.startsWith('amq.') && !Object.hasOwn(file.exchanges, exchange),
    );
    if (missing === undefined) continue;
    throw new InputError(
      `${name}.bind`,
      `names the exchange "${missing.exchange}", which the file does not have`,
      'Add it to exchanges; one that others made as they made it.',
    );
  }
  const own = names.find((name) =>
    /^(amq\.|swarm\.(delay\.\d\d|delivery|undeliverable)$)/.test(name),
  );
  if (own === undefined) return file;
  throw new InputError(
    own,
    'is a name of RabbitMQ or of the pack itself',
    'Choose another name; the delay ladder and swarm.undeliverable come with every queue.',
  );
}
