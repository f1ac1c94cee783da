import { Cluster, Redis } from 'ioredis';
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Where a store is, as settings of a store say it; the rest of them is up to who uses it. */
export type StoreAddress =
  | ({ readonly kind: 'standalone' } & Endpoint)
  | { readonly kind: 'sentinel'; readonly sentinels: readonly Endpoint[]; readonly name: string }
  | { readonly kind: 'cluster'; readonly nodes: readonly Endpoint[] };

/** A plain client, not connected yet. */
export function plainClient(address: StoreAddress): Redis | Cluster {
  const once = { lazyConnect: true, maxRetriesPerRequest: 1 };
  switch (address.kind) {
    case 'standalone':
      return new Redis(address.port, address.host, once);
    case 'sentinel':
      return new Redis({ ...once, sentinels: [...address.sentinels], name: address.name });
    case 'cluster':
      return new Cluster([...address.nodes], { lazyConnect: true });
  }
}

/** As the program `agent-swarm` is told of it. */
export function storeFlags(address: StoreAddress): string[] {
  const url = (all: readonly Endpoint[]) =>
    `redis://${all.map(({ host, port }) => `${host}:${port}`).join(',')}`;
  switch (address.kind) {
    case 'standalone':
      return ['--redis', url([address])];
    case 'sentinel':
      return ['--redis', url(address.sentinels), '--sentinel', address.name];
    case 'cluster':
      return ['--redis', url(address.nodes), '--cluster'];
  }
}

/** As the form of the credential "Agent Swarm Redis" has it; what else is given stays as it is. */
export function storeForm(address: StoreAddress): ICredentialDataDecryptedObject {
  const text = (all: readonly Endpoint[]) =>
    all.map(({ host, port }) => `${host}:${port}`).join(', ');
  const type = { type: address.kind, tls: false };
  switch (address.kind) {
    case 'standalone':
      return { ...address, ...type };
    case 'sentinel': {
      const { sentinels, name: masterName } = address;
      return { ...address, ...type, sentinels: text(sentinels), masterName };
    }
    case 'cluster':
      return { ...address, ...type, nodes: text(address.nodes) };
  }
}
