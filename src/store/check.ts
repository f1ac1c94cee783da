import { randomUUID } from 'node:crypto';

import { RefusedError } from '../contract/errors';
import type { StoreSettings } from '../contract/settings';
import { nodesOf } from './client';
import { factsOf, type Facts } from './facts';
import { probe } from './probe';
import { checkRights } from './rights';
import { Store } from './store';

/** What the server said of itself; empty where the user may not ask (INFO is often forbidden). */
export interface StoreIdentity {
  readonly kind: 'Redis' | 'Valkey';
  readonly version: string;
  readonly connection: StoreSettings['kind'];
  /** Servers that take writes: 1, or the nodes of a Cluster that hold slots. */
  readonly primaries: number;
  /** What works and will hurt later, in sentences for a person. */
  readonly warnings: readonly string[];
}

/**
 * Proves that the settings let us in, that they lead to the kind of store they say, and that the user may do what tasks need.
 *
 * @throws SwarmError with cause and remedy
 */
export async function checkStore(settings: StoreSettings): Promise<StoreIdentity> {
  const store = await Store.open(settings, 'once');
  try {
    // First of all: each question that names no key goes to any node of a Cluster.
    const warnings = await lookAround(settings);
    const facts = await factsOf(store);
    await refuseClusterNode(store, settings, facts);
    await checkRights(store, settings, `check-${randomUUID()}`);
    warnings.push(...(await openDoorWarning(store, settings)));
    const primaries = Math.max(1, nodesOf(store.client, 'master').length);
    return identity(settings, facts, primaries, warnings);
  } finally {
    store.close();
  }
}

/** A node of a Cluster serves some keys and refuses the others, so a single key may well pass. */
async function refuseClusterNode(store: Store, settings: StoreSettings, facts: Facts) {
  if (settings.kind === 'cluster') return;
  if ((facts.get('redis_mode') ?? (await modeSaid(store))) !== 'cluster') return;
  throw new RefusedError(
    'unsupported',
    'This Redis is a node of a Cluster.',
    'Choose Cluster as Connection.',
  );
}

/** From the greeting, which any user may ask for; undefined before Redis 6. */
async function modeSaid(store: Store): Promise<unknown> {
  const greeting = await store.ask((client) => client.call('HELLO')).catch(() => []);
  return Array.isArray(greeting) ? greeting[greeting.indexOf('mode') + 1] : undefined;
}

/**
 * Asks the servers that were not needed so far.
 *
 * @throws SwarmError when a primary does not serve us; a Sentinel or node that others stand in for is a warning
 */
async function lookAround(settings: StoreSettings): Promise<string[]> {
  const all = await probe(settings);
  const missing = all.find(({ from, fault }) => from === 'told' && fault)?.fault;
  if (missing) throw missing;
  return all.flatMap(({ fault }) => (fault ? [`${fault.message} ${fault.remedy}`] : []));
}

/** The client takes "no password is set" for a detail; a person who gave one believes the server to be locked. */
async function openDoorWarning(store: Store, settings: StoreSettings): Promise<string[]> {
  if (!settings.password || settings.username) return [];
  try {
    await store.ask((client) => client.auth(settings.password));
    return [];
  } catch (error) {
    if (error instanceof RefusedError && error.code === 'login_refused') {
      return [`${error.message} ${error.remedy}`];
    }
    throw error;
  }
}

function identity(
  { kind: connection }: StoreSettings,
  facts: Facts,
  primaries: number,
  warnings: readonly string[],
): StoreIdentity {
  // Valkey goes on telling the Redis version it is compatible with; its own stands beside it.
  const valkey = facts.get('valkey_version');
  return {
    kind: valkey === undefined ? 'Redis' : 'Valkey',
    version: valkey ?? facts.get('redis_version') ?? '',
    connection,
    primaries,
    warnings: [...warnings, ...evictionWarning(facts), ...lonelyWarning(connection, facts)],
  };
}

function lonelyWarning(connection: StoreSettings['kind'], facts: Facts): string[] {
  if (connection !== 'sentinel' || facts.get('connected_slaves') !== '0') return [];
  return ['No replica follows the primary, so there is nothing to fail over to.'];
}

function evictionWarning(facts: Facts): string[] {
  const policy = facts.get('maxmemory_policy') ?? 'noeviction';
  // Without a limit nothing is ever evicted, whatever the policy says.
  if (policy === 'noeviction' || facts.get('maxmemory') === '0') return [];
  return [
    `Its maxmemory-policy is ${policy}: when memory runs out it deletes keys, and with them leases, so that tasks may run twice. Set it to noeviction.`,
  ];
}
