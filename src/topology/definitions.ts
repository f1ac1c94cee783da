import type { Wanted } from './wanted';
import { linkOf } from './compare';

/**
 * The topology as `rabbitmqctl import_definitions` and the management page take it. The virtual host must be there; users and rights are
 * not in it.
 */
export function definitionsOf({ declarations, policies }: Wanted, vhost: string): object {
  return {
    queues: declarations.flatMap((one) =>
      one.kind === 'queue'
        ? [{ name: one.name, vhost, durable: true, auto_delete: false, arguments: one.arguments }]
        : [],
    ),
    exchanges: declarations.flatMap((one) =>
      one.kind === 'exchange'
        ? [
            {
              ...{ name: one.name, vhost, type: one.type, durable: true, auto_delete: false },
              ...{ internal: false, arguments: one.arguments },
            },
          ]
        : [],
    ),
    bindings: declarations.flatMap((one) => {
      if (one.kind === 'queue' || one.kind === 'exchange') return [];
      const { from, to, toKind, routingKey, arguments: args } = linkOf(one);
      return [
        {
          ...{ source: from, vhost, destination: to, destination_type: toKind },
          ...{ routing_key: routingKey, arguments: args },
        },
      ];
    }),
    policies: policies.map(({ applyTo, ...policy }) => ({
      ...policy,
      ...{ vhost, 'apply-to': applyTo },
    })),
  };
}
