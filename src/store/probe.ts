import type { Redis } from 'ioredis';

import { RefusedError, UnavailableError, type SwarmError } from '../contract/errors';
import type { StoreSettings } from '../contract/settings';
import { storeCause, unknownPrimary } from './cause';
import { openVisitor, type Asked, type Endpoint } from './client';

/** Why a store could not be opened. Of several servers ioredis only tells that none would do, so each is asked again, alone. */
export async function openingFault(error: unknown, settings: StoreSettings): Promise<SwarmError> {
  const faults = (await probe(settings)).flatMap(({ fault }) => fault ?? []);
  // What a person must mend says more than what is away.
  const told = faults.find((fault) => fault instanceof RefusedError) ?? faults[0];
  return told ?? storeCause(error, settings);
}

export interface Probed {
  readonly at: Endpoint;
  readonly fault?: SwarmError | undefined;
}

/** Asks each Sentinel or node that the settings name, and the primary that the Sentinels name. Nothing for a server that stands alone. */
export async function probe(settings: StoreSettings): Promise<Probed[]> {
  switch (settings.kind) {
    case 'standalone':
      return [];
    case 'sentinel':
      return await probeSentinels(settings);
    case 'cluster':
      return await Promise.all(settings.nodes.map((at) => probeNode(settings, at)));
  }
}

async function probeSentinels(
  settings: Extract<StoreSettings, { kind: 'sentinel' }>,
): Promise<Probed[]> {
  const primaries = new Map<string, Endpoint>();
  const sentinels = await Promise.all(
    settings.sentinels.map((at) =>
      visit(settings, { at, by: 'sentinel' }, async (client) => {
        const found = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', settings.name);
        const [host, port] = (found ?? []) as string[];
        if (host === undefined) throw unknownPrimary(settings.name, `${at.host}:${at.port}`);
        primaries.set(`${host}:${port}`, { host, port: Number(port) });
      }),
    ),
  );
  const servers = [...primaries.values()].map((at) =>
    visit(settings, { at, by: 'server' }, (client) => client.ping()),
  );
  return [...sentinels, ...(await Promise.all(servers))];
}

async function probeNode(settings: StoreSettings, at: Endpoint): Promise<Probed> {
  return await visit(settings, { at, by: 'server' }, async (client) => {
    const told = await client.cluster('INFO');
    if (/cluster_state:ok/.test(told)) return;
    throw new UnavailableError(
      'disconnected',
      `The node ${at.host}:${at.port} says that its Cluster is down.`,
      `See that each slot has a node that is up: redis-cli --cluster check ${at.host}:${at.port}.`,
    );
  });
}

async function visit(
  settings: StoreSettings,
  asked: Asked,
  act: (client: Redis) => Promise<unknown>,
): Promise<Probed> {
  const client = openVisitor(settings, asked);
  let first: Error | undefined;
  client.on('error', (error: Error) => (first ??= error));
  try {
    await client.connect();
    await act(client);
    return { at: asked.at };
  } catch (error) {
    return { at: asked.at, fault: storeCause(first ?? error, settings, asked) };
  } finally {
    client.disconnect();
  }
}
