import { z } from 'zod/v4';

import { RefusedError } from '../contract/errors';
import type { BrokerSettings } from '../contract/settings';
import { ManagementClient, objectSchema } from './managementClient';
import type { Policy } from './policies';

type Args = Readonly<Record<string, unknown>>;

export interface StandingExchange {
  readonly name: string;
  readonly type: string;
  readonly durable: boolean;
  readonly arguments: Args;
}

export interface StandingQueue {
  readonly name: string;
  readonly durable: boolean;
  readonly arguments: Args;
  /** What an administrator set above all policies; its name. */
  readonly operatorPolicy: string | undefined;
}

export interface StandingBinding {
  readonly from: string;
  readonly to: string;
  readonly toKind: string;
  readonly routingKey: string;
  readonly arguments: Args;
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

const overviewSchema = z.object({ rabbitmq_version: z.string(), cluster_name: z.string() });
const exchangesSchema = z.array(
  z.object({ name: z.string(), type: z.string(), durable: z.boolean(), arguments: objectSchema }),
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
    client.ask('api/overview', overviewSchema),
    client.ask(`${at('exchanges')}?columns=name,type,durable,arguments`, exchangesSchema),
    client.ask(`${at('queues')}?columns=name,durable,arguments,operator_policy`, queuesSchema),
    client.ask(at('bindings'), bindingsSchema),
    client.ask(at('policies'), policiesSchema),
  ]);
  return {
    version: overview.rabbitmq_version,
    cluster: overview.cluster_name,
    exchanges: byName(exchanges),
    queues: byName(
      queues.map(({ operator_policy, ...queue }) => ({
        ...queue,
        operatorPolicy: operator_policy || undefined,
      })),
    ),
    bindings: bindings.map((one) => ({
      ...{ from: one.source, to: one.destination, toKind: one.destination_type },
      ...{ routingKey: one.routing_key, arguments: one.arguments },
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

const isRefused = (error: unknown): boolean =>
  error instanceof RefusedError && (error.code === 'login_refused' || error.code === 'no_rights');

const byName = <T extends { readonly name: string }>(all: readonly T[]): ReadonlyMap<string, T> =>
  new Map(all.map((one) => [one.name, one]));
