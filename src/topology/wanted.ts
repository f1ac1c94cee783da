import { canonicalize } from 'json-canonicalize';

import type { Declaration } from '../broker/declaration';
import { levelOf } from '../broker/ladder';
import type { Policy } from '../broker/policies';
import { deadQueue, lanePlan, plan } from '../broker/topology';
import { InputError } from '../contract/errors';
import { topologySchema } from '../contract/settings';
import { laneOf } from '../contract/wire';
import type { TopologyFile } from './file';

/** What the file asks of the broker. */
export interface Wanted {
  /** In an order in which they can be made. */
  readonly declarations: readonly Declaration[];
  readonly policies: readonly Policy[];
  /** Queues that the file is about; the ladder and `swarm.undeliverable` come along. */
  readonly queues: ReadonlyMap<string, { readonly isDead: boolean }>;
}

type QueueFile = TopologyFile['queues'][string];
type Bind = QueueFile['bind'][number];

/**
 * The same declarations that triggers make, so that both agree; what several queues share is there once.
 *
 * @throws InputError when one name is given two meanings
 */
export function wantedBy(file: TopologyFile): Wanted {
  const queues = Object.entries(file.queues);
  const exchanges = Object.entries(file.exchanges);
  const declarations = [
    ...exchanges.map(([name, { type, arguments: args }]): Declaration => ({
      ...{ kind: 'exchange', name, type, arguments: args },
    })),
    ...queues.flatMap(([name, queue]) => declarationsOf(name, queue, levelOf(file.longest_delay))),
    ...queues.flatMap(([name, { bind }]) => bind.flatMap((one) => bindingsOf(name, one))),
    ...exchanges.flatMap(([name, { bind }]) => bind.flatMap((one) => passagesOf(name, one))),
  ];
  return {
    declarations: once(declarations),
    policies: Object.entries(file.policies).map(([name, { apply_to: applyTo, ...rest }]) => ({
      ...{ name, applyTo },
      ...rest,
    })),
    queues: new Map(
      queues.flatMap(([name, queue]): [string, { isDead: boolean }][] => [
        ...namesOf(name, queue).map((each): [string, { isDead: boolean }] => [
          each,
          { isDead: false },
        ]),
        [deadQueue(settingsOf(name, queue)), { isDead: true }],
      ]),
    ),
  };
}

const settingsOf = (queue: string, { dead_exchange, dead_queue }: QueueFile) =>
  topologySchema.parse({ queue, deadExchange: dead_exchange, deadQueue: dead_queue });

const namesOf = (name: string, { lanes = 0 }: QueueFile): string[] => [
  name,
  ...Array.from({ length: lanes }, (_, lane) => laneOf(name, lane)),
];

function declarationsOf(name: string, queue: QueueFile, top: number): Declaration[] {
  const settings = settingsOf(name, queue);
  const work = new Set(namesOf(name, queue));
  return [...plan(settings, top), ...lanePlan(settings, queue.lanes ?? 0)].map((one) =>
    one.kind === 'queue' && work.has(one.name)
      ? { kind: 'queue', name: one.name, arguments: { ...one.arguments, ...queue.arguments } }
      : one,
  );
}

const bindingsOf = (queue: string, { exchange, routing_keys, headers }: Bind): Declaration[] =>
  routing_keys.map((routingKey) => ({
    ...{ kind: 'binding', queue, exchange, routingKey, arguments: headers },
  }));

function passagesOf(to: string, { exchange, routing_keys, headers }: Bind): Declaration[] {
  if (Object.keys(headers).length > 0) {
    throw new InputError(
      `exchanges.${to}.bind`,
      'has headers, which only queues can be bound by',
      'Bind the queues themselves to the headers exchange.',
    );
  }
  return routing_keys.map((routingKey) => ({ kind: 'passage', from: exchange, to, routingKey }));
}

function once(all: readonly Declaration[]): Declaration[] {
  const different = [...new Map(all.map((one) => [canonicalize(one), one])).values()];
  const named = new Set<string>();
  for (const one of different) {
    if (!('name' in one)) continue;
    const name = `${one.kind} ${one.name}`;
    if (named.has(name)) {
      throw new InputError(
        name,
        'is asked for in two ways',
        'It is declared twice, or has the name of a lane, a dead-letter queue or exchange.',
      );
    }
    named.add(name);
  }
  return different;
}
