import { z } from 'zod/v4';

import { taskBudgetSchema } from './budget';
import { InputError } from './errors';
import { firstProblem } from './reference';
import { LONGEST_DELAY_MS, retrySchema } from './retrySettings';

/**
 * Settings of every room, with units, ranges and defaults. The forms in n8n take their defaults from here, so the form
 * and the engine cannot disagree (n8n sends only the options a person added).
 */

/** Longest AMQP short string, in bytes: queue, exchange and routing key names. */
const shortString = z
  .string()
  .refine((text) => Buffer.byteLength(text) <= 255, 'is longer than 255 bytes');
export const amqpName = shortString.min(1, 'is empty');

export const EXCHANGE_TYPES = ['direct', 'topic', 'fanout', 'headers'] as const;
export type ExchangeType = (typeof EXCHANGE_TYPES)[number];

export const bindingSchema = z.object({
  routingKey: shortString.default('#'),
  /** Arguments of a headers binding, such as `{"x-match": "all", "kind": "invoice"}`. */
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

export const exchangeSchema = z.object({
  name: amqpName,
  type: z.enum(EXCHANGE_TYPES).default('topic'),
  bindings: z.array(bindingSchema).default([]),
});

export const topologySchema = z.object({
  queue: amqpName,
  /**
   * `declare` makes what is missing; `adopt` all but the queue, which is used as it is; `check` only looks. What is not made and missing is
   * an error.
   */
  mode: z.enum(['declare', 'adopt', 'check']).default('declare'),
  exchange: exchangeSchema.optional(),
  deadExchange: amqpName.default('swarm.dead'),
  /** Empty: `<queue>.dead`. */
  deadQueue: shortString.default(''),
});

export type TopologySettings = z.infer<typeof topologySchema>;

export const IF_STORE_AWAY = ['wait', 'run'] as const;

export const consumerSchema = z
  .object({
    topology: topologySchema,
    /** Deliveries in hand at once, 1 to 2,000. */
    prefetch: z.int().min(1).max(2000).default(10),
    /** Prefetch is the most, and as many are in hand as the budget has work for. Needs a budget. */
    autoPrefetch: z.boolean().default(false),
    /** Deliveries that share one run, 1 to 1,000; not above prefetch. */
    batchSize: z.int().min(1).max(1000).default(1),
    /** Longest a batch waits to fill, ms. */
    batchWaitMs: z.int().min(0).max(60_000).default(100),
    /** Lease on a task, ms. It is renewed three times within it. */
    leaseMs: z.int().min(1000).max(600_000).default(30_000),
    /** Longest a run may take, counted from the delivery, ms. */
    runLimitMs: z
      .int()
      .min(1000)
      .max(24 * 3_600_000)
      .default(25 * 60_000),
    /** What the broker's `consumer_timeout` is, ms, 6 min to 30 days; brokers from 4.3 on are asked for what is needed. */
    brokerTimeoutMs: z
      .int()
      .min(6 * 60_000)
      .max(30 * 24 * 3_600_000)
      .default(30 * 60_000),
    /** Takeovers of a task whose owner vanished before it is given up, 1 to 1,000. */
    maxCrashes: z.int().min(1).max(1000).default(5),
    /** How long a task is remembered after its last change, ms. */
    rememberMs: z
      .int()
      .min(60_000)
      .max(90 * 24 * 3_600_000)
      .default(24 * 3_600_000),
    retry: retrySchema.prefault({}),
    /** How long payloads of dead letters are kept at least, ms, up to 365 days; 0: no longer than they are anyway. */
    deadPayloadMs: z
      .int()
      .min(0)
      .max(365 * 24 * 3_600_000)
      .default(30 * 24 * 3_600_000),
    /** Longest a task may stand at a Wait node, ms, 1 s to 9 days. */
    waitLimitMs: z
      .int()
      .min(1000)
      .max(LONGEST_DELAY_MS)
      .default(7 * 24 * 3_600_000),
    /** Longest a delivery is held whose task another process works on, ms; then it goes round. */
    holdMs: z.int().min(0).max(600_000).default(60_000),
    /** While Redis is away: take no more, or run without lease, dedupe and words. */
    ifStoreAway: z.enum(IF_STORE_AWAY).default('wait'),
    /** Longest a closing consumer waits for its runs, ms. */
    drainMs: z.int().min(0).max(600_000).default(20_000),
    /** The limits that tasks wait for before they run. */
    budget: taskBudgetSchema.optional(),
    /** Queues behind the queue, over which tenants are spread, 2 to 64; 0: none. Tasks are taken from them in turn, by tokens. */
    lanes: z
      .int()
      .min(0)
      .max(64)
      .refine((lanes) => lanes !== 1, 'is 1, which separates nobody')
      .default(0),
    /** Tasks of priority 5 and above overtake others, two for each of them. Brokers from 4.0 on do it by themselves. */
    priorities: z.boolean().default(false),
    /** What a tenant gets in comparison to others, above 0 to 1,000; 1 for those that are not named. */
    weights: z.record(z.string(), z.number().gt(0).max(1000)).default({}),
    /** Names the set of keys; empty: name of the cluster, vhost and queue. */
    scope: z.string().max(512).default(''),
  })
  .refine((settings) => settings.batchSize <= settings.prefetch, {
    path: ['batchSize'],
    message: 'is larger than Prefetch, so a batch could never fill',
  })
  .refine((settings) => !settings.autoPrefetch || settings.budget, {
    path: ['autoPrefetch'],
    message: 'needs a budget, whose rate it follows',
  });

export type ConsumerSettings = z.infer<typeof consumerSchema>;
export type ConsumerOptions = z.input<typeof consumerSchema>;

const port = z.int().min(1).max(65_535);
const endpoint = z.object({ host: z.string().min(1), port });

/** PEM texts; what is empty is not used. */
const tlsSchema = z.object({
  ca: z.string().default(''),
  cert: z.string().default(''),
  key: z.string().default(''),
  passphrase: z.string().default(''),
  /** The name that the certificate must show, when it is not the one in the address. */
  serverName: z.string().default(''),
  verify: z.boolean().default(true),
});

export type TlsSettings = z.infer<typeof tlsSchema>;

export const brokerSchema = z.object({
  /** Tried in turn, without end, when one does not answer. */
  hosts: z.array(endpoint).min(1, 'names no host'),
  vhost: z.string().min(1).default('/'),
  username: z.string().default('guest'),
  password: z.string().default('guest'),
  /** Seconds; 0 switches heartbeats off. */
  heartbeatSeconds: z.int().min(0).max(3600).default(30),
  connectionName: z.string().max(255).default('n8n-nodes-agent-swarm'),
  /** Longest a connection attempt may take, ms. */
  connectTimeoutMs: z.int().min(100).max(120_000).default(10_000),
  /** Where the management API is, such as `http://rabbit-1:15672`; asked with the same login. Empty: nobody may ask it. */
  managementUrl: z.string().default(''),
  tls: tlsSchema.optional(),
});

export type BrokerSettings = z.infer<typeof brokerSchema>;

const storeLogin = {
  username: z.string().default(''),
  password: z.string().default(''),
  /** Stands before every key. */
  prefix: z.string().max(100).default('swarm'),
  connectTimeoutMs: z.int().min(100).max(120_000).default(10_000),
  /** For every server of the store: Sentinels and nodes of a Cluster, too. */
  tls: tlsSchema.optional(),
};

const database = z.int().min(0).max(1_000_000).default(0);

/** How Redis or Valkey is reached. A Cluster has database 0 only. */
export const storeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('standalone'),
    host: z.string().min(1).default('localhost'),
    port: port.default(6379),
    database,
    ...storeLogin,
  }),
  z.object({
    kind: z.literal('sentinel'),
    /** Asked in turn, without end, who the primary is; others that they know are asked as well. */
    sentinels: z.array(endpoint).min(1, 'names no Sentinel'),
    /** The name under which the Sentinels watch the primary. */
    name: z.string().min(1).default('mymaster'),
    /** Login at the Sentinels; `username` and `password` are for the servers they watch. */
    sentinelUsername: z.string().default(''),
    sentinelPassword: z.string().default(''),
    database,
    ...storeLogin,
  }),
  z.object({
    kind: z.literal('cluster'),
    /** Some of its nodes; they tell the others, by addresses that must be reachable from here. */
    nodes: z.array(endpoint).min(1, 'names no node'),
    ...storeLogin,
  }),
]);

export type StoreSettings = z.infer<typeof storeSchema>;

const DAY_MS = 24 * 3_600_000;

export const payloadSchema = z.object({
  /** How long a stored payload is kept, ms: 1 s to 90 days. It must outlive the retries of the task that names it. */
  ttlMs: z
    .int()
    .min(1000)
    .max(90 * DAY_MS)
    .default(7 * DAY_MS),
});

export type PayloadSettings = z.infer<typeof payloadSchema>;
export type PayloadOptions = z.input<typeof payloadSchema>;

export const dispatchSchema = z.object({
  /**
   * Bodies above so many bytes have their data stored apart, 1 KiB to 64 KiB. Without a store there is no apart, and a body
   * may have 64 KiB.
   */
  storeAboveBytes: z
    .int()
    .min(1024)
    .max(64 * 1024)
    .default(48 * 1024),
  /** How long data stored apart is kept. */
  payload: payloadSchema.prefault({}),
  /** Tasks that may wait in a queue before more are refused, 1 to 100 million; absent: any number. */
  refuseAbove: z.int().min(1).max(100_000_000).optional(),
  /** Messages under way at once, 1 to 10,000: enough to keep the broker busy, few enough to keep them in memory. */
  window: z.int().min(1).max(10_000).default(1000),
});

export type DispatchSettings = z.infer<typeof dispatchSchema>;
export type DispatchOptions = z.input<typeof dispatchSchema>;

/** Parses settings of a room; what is wrong is an InputError that names the field. */
export function readSettings<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const { field, problem } = firstProblem(result.error);
  throw new InputError(field, problem, `Give ${field} a value inside its range.`);
}
