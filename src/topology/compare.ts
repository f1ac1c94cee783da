import { canonicalize } from 'json-canonicalize';

import type { Declaration } from '../broker/declaration';
import type { Link, Standing, StandingBinding } from '../broker/standing';
import type { Difference } from './difference';
import { differing, replaced, type ArgumentDifference } from './immutable';
import { policyDifferences } from './policies';
import type { Wanted } from './wanted';

/** What lies between the file and the broker. Pure. */
export function compare(wanted: Wanted, standing: Standing): Difference[] {
  const links = new Set(standing.bindings.map(linkId));
  return [
    ...wanted.declarations.flatMap((one) => declared(one, standing, links)),
    ...policyDifferences(wanted, standing),
    ...extraLinks(wanted, standing).map((link): Difference => ({
      ...{ change: 'extra', kind: 'binding', name: linkName(link) },
      said: 'sends messages to a queue of the file, and is not in the file',
      remedy: 'Add it to the file, or apply with --prune.',
    })),
  ];
}

function declared(one: Declaration, standing: Standing, links: ReadonlySet<string>): Difference[] {
  if (one.kind === 'queue') {
    const there = standing.queues.get(one.name);
    if (!there) return [{ change: 'create', kind: 'queue', name: one.name }];
    return conflicts('queue', one.name, [
      ...differing(one.arguments, there.arguments),
      ...(there.durable ? [] : [NOT_DURABLE]),
    ]);
  }
  if (one.kind === 'exchange') {
    const there = standing.exchanges.get(one.name);
    if (!there) return [{ change: 'create', kind: 'exchange', name: one.name }];
    return conflicts('exchange', one.name, [
      ...differing({ type: one.type, ...one.arguments }, { type: there.type, ...there.arguments }),
      ...(there.durable ? [] : [NOT_DURABLE]),
      ...(there.autoDelete ? [flag('auto_delete')] : []),
      ...(there.internal ? [flag('internal')] : []),
    ]);
  }
  const link = linkOf(one);
  if (links.has(linkId(link))) return [];
  return [{ change: 'create', kind: 'binding', name: linkName(link) }];
}

const NOT_DURABLE = { name: 'durable', has: 'false', needs: 'true' };
const flag = (name: string): ArgumentDifference => ({ name, has: 'true', needs: 'false' });

const conflicts = (
  kind: 'queue' | 'exchange',
  name: string,
  differences: readonly ArgumentDifference[],
): Difference[] =>
  differences.map((difference) => ({
    change: 'conflict',
    kind,
    name,
    ...replaced(kind, difference),
  }));

/** What binds, as the broker tells it. */
export function linkOf(one: Extract<Declaration, { kind: 'binding' | 'passage' }>): Link {
  return one.kind === 'binding'
    ? {
        ...{ from: one.exchange, to: one.queue, toKind: 'queue' },
        ...{ routingKey: one.routingKey, arguments: one.arguments },
      }
    : {
        ...{ from: one.from, to: one.to, toKind: 'exchange' },
        ...{ routingKey: one.routingKey, arguments: {} },
      };
}

const linkId = ({ from, to, toKind, routingKey, arguments: args }: Link): string =>
  canonicalize([from, to, toKind, routingKey, args]);

const linkName = ({ from, to, routingKey, arguments: args }: Link): string =>
  `${from} -> ${to} (${Object.keys(args).length > 0 ? canonicalize(args) : routingKey})`;

/**
 * Bindings of the file's queues that somebody else made; those of RabbitMQ itself have no source. A queue for dead letters may be that of
 * other queues as well.
 */
export function extraLinks(
  { declarations, queues }: Wanted,
  { bindings }: Standing,
): StandingBinding[] {
  const known = new Set(
    declarations.flatMap((one) => ('name' in one ? [] : [linkId(linkOf(one))])),
  );
  return bindings.filter(
    (link) =>
      link.from !== '' &&
      link.toKind === 'queue' &&
      queues.get(link.to)?.isDead === false &&
      !known.has(linkId(link)),
  );
}
