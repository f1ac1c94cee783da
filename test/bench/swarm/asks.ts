import type { BrokerSettings, StoreSettings } from '../../../src/contract/settings';

/** Where masters are; their joins come back here. */
export const MASTERS = 'masters';
export const AGENTS = 'agents';

/** What a process of the bench is. */
export interface Member {
  readonly role: 'masters' | 'agents';
  readonly broker: BrokerSettings;
  readonly store: StoreSettings;
  /** Deliveries in hand at once. */
  readonly prefetch: number;
}

/** What a master is asked for, in the data of its task. */
export interface Plan {
  readonly children: number;
  /** Of so many children one fails for good; 0: none. */
  readonly oneFailsOf: number;
  /** Of so many children one is published twice; 0: none. */
  readonly oneTwiceOf: number;
  /** How long a child works, ms. */
  readonly worksMs: number;
}

export type News =
  | { readonly kind: 'ready' }
  | { readonly kind: 'fanned_out'; readonly master: string; readonly group: string }
  /** The side effect of a join's run. */
  | {
      readonly kind: 'joined';
      readonly master: string;
      readonly group: string;
      readonly done: number;
    }
  /** The join is acked. */
  | { readonly kind: 'settled'; readonly group: string };
