import { InputError } from '../contract/errors';
import { sha256 } from '../contract/identity';
import { linkOf } from './compare';
import type { Wanted } from './wanted';

/** https://registry.terraform.io/providers/cyrilgdn/rabbitmq; versions from 1.6 read bindings with `arguments_json`. */
const PROVIDER = { source: 'cyrilgdn/rabbitmq', version: '~> 1.8' };

type Resources = Record<string, Record<string, object>>;

/**
 * The topology as Terraform reads it from a file `main.tf.json`. Queues that change cannot be destroyed by accident: the provider would
 * replace one whose arguments change, with all that waits in it.
 *
 * @throws InputError for names that the provider cannot read back: it takes names apart at `@`, and those of bindings at `/`
 */
export function terraformOf({ declarations, policies }: Wanted, vhost: string): object {
  const resource: Resources = {};
  const add = (type: string, name: string, body: object) => {
    (resource[type] ??= {})[labelOf(name)] = body;
  };
  const made = new Set(
    declarations.flatMap((one) => ('name' in one ? [`rabbitmq_${one.kind} ${one.name}`] : [])),
  );
  /** So that a binding is made after what it binds, and taken away before. */
  const named = (type: string, name: string) =>
    made.has(`${type} ${name}`) ? `\${${type}.${labelOf(name)}.name}` : name;
  // Some policies act on a queue only while it is made.
  const after = policies.map(({ name }) => `rabbitmq_policy.${labelOf(name)}`);
  for (const one of declarations) {
    if (one.kind === 'queue') {
      readable(one.name);
      const args = literal(JSON.stringify(one.arguments));
      add('rabbitmq_queue', one.name, {
        ...{ name: one.name, vhost, settings: { durable: true, arguments_json: args } },
        lifecycle: { prevent_destroy: true },
        ...(after.length > 0 && { depends_on: after }),
      });
    } else if (one.kind === 'exchange') {
      readable(one.name);
      const { name, type, arguments: args } = one;
      const settings = { type, durable: true, arguments: args };
      add('rabbitmq_exchange', name, { name, vhost, settings });
    } else {
      const { from, to, toKind, routingKey, arguments: args } = linkOf(one);
      readable(from);
      readable(routingKey);
      add('rabbitmq_binding', `${from} ${to} ${routingKey} ${JSON.stringify(args)}`, {
        ...{ source: named('rabbitmq_exchange', from), vhost },
        destination: named(`rabbitmq_${toKind}`, to),
        ...{ destination_type: toKind, routing_key: routingKey },
        ...(Object.keys(args).length > 0 && { arguments_json: literal(JSON.stringify(args)) }),
      });
    }
  }
  for (const { name, pattern, applyTo, priority, definition } of policies) {
    readable(name);
    const policy = { pattern: literal(pattern), priority, apply_to: applyTo, definition };
    add('rabbitmq_policy', name, { name, vhost, policy });
  }
  return { terraform: { required_providers: { rabbitmq: PROVIDER } }, resource };
}

/** In strings of Terraform `${` and `%{` begin an expression. */
const literal = (text: string): string => text.replace(/([$%])\{/g, '$1$1{');

function readable(name: string): void {
  if (!/[@/]|[$%]\{/.test(name)) return;
  throw new InputError(
    name,
    'cannot be managed by the Terraform provider, which takes names apart at @ and /',
    'Use another name, or --format definitions.',
  );
}

/**
 * A name as Terraform has it: letters, digits, - and _. It follows from the name alone, so that it stays when other names come and go: another
 * one would be another queue to Terraform.
 */
function labelOf(name: string): string {
  const plain = name.replace(/[^\w-]+/g, '_').replace(/^(?=[^A-Za-z_])/, '_');
  return plain === name ? name : `${plain}_${sha256(name).slice(0, 8)}`;
}
