import type { Redis } from 'ioredis';

import { RefusedError, UnavailableError, type SwarmError } from '../contract/errors';
import type { StoreSettings } from '../contract/settings';
import { storeCause, unknownPrimary } from './cause';
import { openVisitor, type Asked, type Endpoint } from './client';
import { greetingOf, SPEAKS_REDIS } from './greeting';

/** Why a store could not be opened. Of several servers ioredis only tells that none would do, so each is asked again, alone. */
export async function openingFault(error: unknown, settings: StoreSettings): Promise<SwarmError> {
  const faults = (await probe(settings)).flatMap(({ fault }) => fault ?? []);
  // What a person must mend says more than what is away.
  const told = faults.find((fault) => fault instanceof RefusedError) ?? faults[0];
  return told ?? (await loneFault(storeCause(error, settings), settings));
}

/** Another kind of server may hang up so fast that what it said is lost; asked once more, in fewer words, it is heard. */
async function loneFault(fault: SwarmError, settings: StoreSettings): Promise<SwarmError> {
  if (settings.kind !== 'standalone' || settings.tls || fault.code !== 'disconnected') return fault;
  const said = await greetingOf(settings, settings.connectTimeoutMs);
  if (said === '' || SPEAKS_REDIS.test(said)) return fault;
  return storeCause(new Error(`Protocol error: it said ${JSON.stringify(said)}`), settings);
}

export interface Probed {
  /** The settings name it, or the Sentinels or nodes told that it takes writes; such a one cannot be done without. */
  readonly from: 'settings' | 'told';
  readonly fault?: SwarmError | undefined;
}

/** Asks each Sentinel or node that the settings name, and each primary that they tell. Nothing for a server that stands alone. */
export async function probe(settings: StoreSettings): Promise<Probed[]> {
  switch (settings.kind) {
    case 'standalone':
      return [];
    case 'sentinel':
      return await probeAll(settings, settings.sentinels, 'sentinel', async (client, at) => [
        await primaryOf(client, settings.name, at),
      ]);
    case 'cluster':
      return await probeAll(settings, settings.nodes, 'server', primariesOf);
  }
}

async function probeAll(
  settings: StoreSettings,
  named: readonly Endpoint[],
  by: Asked['by'],
  look: (client: Redis, at: Endpoint) => Promise<Endpoint[]>,
): Promise<Probed[]> {
  const told = new Map<string, Endpoint>();
  const first = await Promise.all(
    named.map((at) =>
      visit(settings, { at, by }, async (client) => {
        for (const one of await look(client, at)) told.set(`${one.host}:${one.port}`, one);
      }),
    ),
  );
  const second = await Promise.all(
    [...told.values()].map((at) => visit(settings, { at, by: 'server' }, (one) => one.ping())),
  );
  return [
    ...first.map((fault) => ({ from: 'settings' as const, fault })),
    ...second.map((fault) => ({ from: 'told' as const, fault: fault && unserved(fault) })),
  ];
}

async function primaryOf(client: Redis, name: string, { host, port }: Endpoint): Promise<Endpoint> {
  const found = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name);
  const [primary, at] = (found ?? []) as string[];
  if (primary === undefined) throw unknownPrimary(name, `${host}:${port}`);
  return { host: primary, port: Number(at) };
}

type SlotRange = [from: number, to: number, primary: [host: string, port: number]];

async function primariesOf(client: Redis, { host, port }: Endpoint): Promise<Endpoint[]> {
  if ((await client.cluster('INFO')).includes('cluster_state:ok')) {
    const ranges = (await client.cluster('SLOTS')) as unknown as SlotRange[];
    return ranges.map(([, , [primary, at]]) => ({ host: primary || host, port: at }));
  }
  throw new UnavailableError(
    'disconnected',
    `The node ${host}:${port} says that its Cluster is down.`,
    `See that each slot has a node that is up: redis-cli --cluster check ${host}:${port}.`,
  );
}

/** A refusal says enough. */
function unserved(fault: SwarmError): SwarmError {
  if (fault instanceof RefusedError) return fault;
  return new UnavailableError(
    'unreachable',
    `A primary that was told does not serve us: ${fault.message}`,
    'Should it be up, it must announce an address that can be reached from n8n: replica-announce-ip, or cluster-announce-ip or cluster-announce-hostname.',
    { cause: fault },
  );
}

async function visit(
  settings: StoreSettings,
  asked: Asked,
  act: (client: Redis) => Promise<unknown>,
): Promise<SwarmError | undefined> {
  const client = openVisitor(settings, asked);
  let first: Error | undefined;
  client.on('error', (error: Error) => (first ??= error));
  try {
    await client.connect();
    await act(client);
    return undefined;
  } catch (error) {
    return storeCause(first ?? error, settings, asked);
  } finally {
    client.disconnect();
  }
}
