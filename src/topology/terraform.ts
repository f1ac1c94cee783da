import { InputError } from '../contract/errors';
import { linkOf } from './compare';
import type { Wanted } from './wanted';

/** https://registry.terraform.io/providers/cyrilgdn/rabbitmq; versions from 1.6 read bindings with `arguments_json`. */
const PROVIDER = { source: 'cyrilgdn/rabbitmq', version: '~> 1.8' };

type Resources = Record<string, Record<string, object>>;

/**
 * The topology as Terraform reads it from a file `main.tf.json`. Queues cannot be destroyed by accident: the provider would replace one
 * whose arguments change, with all that waits in it.
 *
 * @throws InputError for names that the provider cannot read back: it takes names apart at `@`, and those of bindings at `/`
 */
export function terraformOf({ declarations, policies }: Wanted, vhost: string): object {
  const resource: Resources = {};
  const names = new Labels();
  const add = (type: string, name: string, body: object) => {
    (resource[type] ??= {})[names.of(type, name)] = body;
  };
  for (const one of declarations) {
    if (one.kind === 'queue') {
      readable(one.name);
      const args = literal(JSON.stringify(one.arguments));
      add('rabbitmq_queue', one.name, {
        ...{ name: one.name, vhost, settings: { durable: true, arguments_json: args } },
        lifecycle: { prevent_destroy: true },
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
      const exchange = reference('rabbitmq_exchange', names, from);
      add('rabbitmq_binding', `${from}_${to}_${routingKey}`, {
        ...{ source: exchange ?? from, vhost },
        destination: reference(`rabbitmq_${toKind}`, names, to) ?? to,
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

/** So that a binding is made after what it binds, and taken away before. */
function reference(type: string, labels: Labels, name: string): string | undefined {
  const label = labels.find(type, name);
  return label === undefined ? undefined : `\${${type}.${label}.name}`;
}

function readable(name: string): void {
  if (!/[@/]|[$%]\{/.test(name)) return;
  throw new InputError(
    name,
    'cannot be managed by the Terraform provider, which takes names apart at @ and /',
    'Use another name, or --format definitions.',
  );
}

/** Names as Terraform has them: letters, digits, - and _, each once. */
class Labels {
  private readonly given = new Map<string, string>();
  private readonly taken = new Set<string>();

  of(type: string, name: string): string {
    const plain = name.replace(/[^\w-]+/g, '_').replace(/^(?=[^A-Za-z_])/, '_');
    let label = plain;
    for (let next = 2; this.taken.has(`${type}.${label}`); next += 1) label = `${plain}_${next}`;
    this.taken.add(`${type}.${label}`);
    this.given.set(`${type}.${name}`, label);
    return label;
  }

  find(type: string, name: string): string | undefined {
    return this.given.get(`${type}.${name}`);
  }
}
