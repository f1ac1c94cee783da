import { z } from 'zod/v4';

import { RefusedError } from '../contract/errors';
import type { BrokerSettings } from '../contract/settings';
import { ManagementApi } from './management';
import { ManagementClient, objectSchema } from './managementClient';
import type { Policy } from './policies';

type Args = Readonly<Record<string, unknown>>;

export interface StandingExchange {
  readonly name: string;
  readonly type: string;
  readonly durable: boolean;
  /** It goes when nothing is bound to it any more. */
  readonly autoDelete: boolean;
  /** Nobody can publish to it. */
  readonly internal: boolean;
  readonly arguments: Args;
}

export interface StandingQueue {
  readonly name: string;
  readonly durable: boolean;
  readonly arguments: Args;
  /** What an administrator set above all policies; its name. */
  readonly operatorPolicy: string | undefined;
}

/** What a binding is known by. */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly toKind: string;
  readonly routingKey: string;
  readonly arguments: Args;
}

export interface StandingBinding extends Link {
  /** What the management API calls it, among those between the same two. */
  readonly key: string;
}

/** What stands in a virtual host. */
export interface Standing {
  readonly version: string;
  readonly cluster: string;
  readonly exchanges: ReadonlyMap<string, StandingExchange>;
  readonly queues: ReadonlyMap<string, StandingQueue>;
  readonly bindings: readonly StandingBinding[];
  readonly policies: ReadonlyMap<string, Policy>;
}

const exchangesSchema = z.array(
  z.object({
    name: z.string(),
    type: z.string(),
    durable: z.boolean(),
    auto_delete: z.boolean(),
    internal: z.boolean(),
    arguments: objectSchema,
  }),
);
const queuesSchema = z.array(
  z.object({
    name: z.string(),
    durable: z.boolean(),
    arguments: objectSchema,
    operator_policy: z.string().nullish(),
  }),
);
const bindingsSchema = z.array(
  z.object({
    source: z.string(),
    destination: z.string(),
    destination_type: z.string(),
    routing_key: z.string(),
    properties_key: z.string(),
    arguments: objectSchema,
  }),
);
const policiesSchema = z.array(
  z.object({
    name: z.string(),
    pattern: z.string(),
    'apply-to': z.string(),
    priority: z.number(),
    definition: objectSchema,
  }),
);

/**
 * Everything that stands in the virtual host, as the management API tells it; what happened in the last second or two may be missing.
 *
 * @throws InputError when the settings name no management API
 * @throws SwarmError when it is away or refuses
 */
export async function standing(settings: BrokerSettings): Promise<Standing> {
  const client = new ManagementClient(settings);
  const at = (kind: string) => `api/${kind}/${encodeURIComponent(settings.vhost)}`;
  const [overview, exchanges, queues, bindings, policies] = await Promise.all([
    new ManagementApi(settings).overview(),
    client.ask(
      `${at('exchanges')}?columns=name,type,durable,auto_delete,internal,arguments`,
      exchangesSchema,
    ),
    client.ask(`${at('queues')}?columns=name,durable,arguments,operator_policy`, queuesSchema),
    client.ask(at('bindings'), bindingsSchema),
    client.ask(at('policies'), policiesSchema),
  ]);
  return {
    ...overview,
    exchanges: byName(
      exchanges.map(({ auto_delete: autoDelete, ...exchange }) => ({ ...exchange, autoDelete })),
    ),
    queues: byName(
      queues.map(({ operator_policy, ...queue }) => ({
        ...queue,
        operatorPolicy: operator_policy || undefined,
      })),
    ),
    bindings: bindings.map((one) => ({
      ...{ from: one.source, to: one.destination, toKind: one.destination_type },
      ...{ routingKey: one.routing_key, arguments: one.arguments, key: one.properties_key },
    })),
    policies: byName(policies.map(({ 'apply-to': applyTo, ...rest }) => ({ ...rest, applyTo }))),
  };
}

/**
 * Makes a policy, or changes the one of its name.
 *
 * @throws RefusedError for a user without the tag `policymaker`
 */
export async function putPolicy(settings: BrokerSettings, policy: Policy): Promise<void> {
  const { name, pattern, applyTo, priority, definition } = policy;
  const place = [settings.vhost, name].map(encodeURIComponent).join('/');
  const body = { pattern, 'apply-to': applyTo, priority, definition };
  await new ManagementClient(settings)
    .put(`api/policies/${place}`, body)
    .catch((error: unknown) => {
      if (!isRefused(error)) throw error;
      throw new RefusedError(
        'no_rights',
        `User "${settings.username}" may not make the policy "${name}".`,
        `Give the user the tag: rabbitmqctl set_user_tags ${settings.username} policymaker. Or let somebody else make the policies: rabbitmqctl import_definitions.`,
        { cause: error },
      );
    });
}

/** Takes a binding of a queue away; one that is gone is no error. */
export async function removeBinding(
  settings: BrokerSettings,
  { from, to, key }: StandingBinding,
): Promise<void> {
  const [vhost, source, queue, name] = [settings.vhost, from, to, key].map(encodeURIComponent);
  // AMQP wants its arguments in the very types they were made with, which JSON does not tell.
  await new ManagementClient(settings).delete(
    `api/bindings/${vhost}/e/${source}/q/${queue}/${name}`,
  );
}

const isRefused = (error: unknown): boolean =>
  error instanceof RefusedError && (error.code === 'login_refused' || error.code === 'no_rights');

const byName = <T extends { readonly name: string }>(all: readonly T[]): ReadonlyMap<string, T> =>
  new Map(all.map((one) => [one.name, one]));
