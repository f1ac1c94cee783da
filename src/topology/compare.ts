import { canonicalize } from 'json-canonicalize';

import type { Declaration } from '../broker/declaration';
import type { Policy } from '../broker/policies';
import type { Standing, StandingBinding } from '../broker/standing';
import { differing, replaced, type ArgumentDifference } from './immutable';
import type { Wanted } from './wanted';

/**
 * `create`: it is not there. `change`: it can be changed as it stands. `conflict`: it stands otherwise and cannot be changed. `extra`: it
 * touches what the file is about, and is not in it.
 */
export type Difference = {
  readonly kind: 'queue' | 'exchange' | 'binding' | 'policy' | 'budget';
  /** A name; of a binding `exchange -> queue (routing key)`. */
  readonly name: string;
} & (
  | { readonly change: 'create'; readonly said?: undefined }
  | {
      readonly change: 'change' | 'conflict' | 'extra';
      readonly said: string;
      readonly remedy: string;
    }
);

/** What lies between the file and the broker. Pure. */
export function compare(wanted: Wanted, standing: Standing): Difference[] {
  const links = new Set(standing.bindings.map((link) => canonicalize(link)));
  return [
    ...wanted.declarations.flatMap((one) => declared(one, standing, links)),
    ...policies(wanted, standing),
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
    ]);
  }
  const link = linkOf(one);
  if (links.has(canonicalize(link))) return [];
  return [{ change: 'create', kind: 'binding', name: linkName(link) }];
}

const NOT_DURABLE = { name: 'durable', has: 'false', needs: 'true' };

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
export function linkOf(
  one: Extract<Declaration, { kind: 'binding' | 'passage' }>,
): StandingBinding {
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

const linkName = ({ from, to, routingKey, arguments: args }: StandingBinding): string =>
  `${from} -> ${to} (${Object.keys(args).length > 0 ? canonicalize(args) : routingKey})`;

/** Bindings of the file's queues that somebody else made; those of RabbitMQ itself have no source. */
export function extraLinks(
  { declarations, queues }: Wanted,
  { bindings }: Standing,
): StandingBinding[] {
  const known = new Set(
    declarations.flatMap((one) => ('name' in one ? [] : [canonicalize(linkOf(one))])),
  );
  return bindings.filter(
    (link) =>
      link.from !== '' &&
      link.toKind === 'queue' &&
      queues.has(link.to) &&
      !known.has(canonicalize(link)),
  );
}

function policies(wanted: Wanted, standing: Standing): Difference[] {
  const found = [...standing.queues.values()].flatMap(({ name, operatorPolicy }): Difference[] =>
    operatorPolicy === undefined || !wanted.queues.has(name)
      ? []
      : [
          {
            ...{ change: 'extra', kind: 'policy', name: operatorPolicy },
            said: `is an operator policy and holds for queue "${name}"`,
            remedy: 'See what it sets: rabbitmqctl list_operator_policies.',
          },
        ],
  );
  const names = new Set(wanted.policies.map(({ name }) => name));
  const extra = [...standing.policies.values()].filter(({ name }) => !names.has(name));
  return [
    ...wanted.policies.flatMap((one) => policy(one, standing.policies.get(one.name))),
    ...extra.flatMap((one) => stray(one, wanted)),
    ...found,
  ];
}

function policy(wanted: Policy, there: Policy | undefined): Difference[] {
  const { name } = wanted;
  if (!there) return [{ change: 'create', kind: 'policy', name }];
  const changes = Object.entries(wanted).flatMap(([field, value]) => {
    const has = there[field as keyof Policy];
    return canonicalize(has) === canonicalize(value)
      ? []
      : [`${field} ${canonicalize(has)} -> ${canonicalize(value)}`];
  });
  if (changes.length === 0) return [];
  const remedy = 'Apply changes it; it holds at once.';
  return [{ change: 'change', kind: 'policy', name, said: changes.join(', '), remedy }];
}

function stray({ name, pattern, applyTo, definition }: Policy, { queues }: Wanted): Difference[] {
  if (applyTo === 'exchanges') return [];
  const hit = [...queues.keys()].filter((queue) => matches(pattern, queue));
  if (hit.length === 0) return [];
  return [
    {
      ...{ change: 'extra', kind: 'policy', name },
      said: `holds for ${hit.map((queue) => `"${queue}"`).join(', ')} with ${canonicalize(definition)}, unless one of higher priority does`,
      remedy: 'Add it to the file, or take it away: rabbitmqctl clear_policy.',
    },
  ];
}

/** A pattern that only Erlang can read matches nothing here. */
export function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern).test(name);
  } catch {
    return false;
  }
}

/** What a queue is held to by policies: of those that fit the one with the highest priority, alone. */
export function effectivePolicy(policies: readonly Policy[], queue: string): Policy['definition'] {
  const fit = policies.filter(
    ({ applyTo, pattern }) =>
      /^(queues|all|quorum_queues)$/.test(applyTo) && matches(pattern, queue),
  );
  return (
    fit.reduce<Policy | undefined>(
      (best, one) => (best && best.priority >= one.priority ? best : one),
      undefined,
    )?.definition ?? {}
  );
}
