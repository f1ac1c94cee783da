import type { Tell } from '../contract/events';
import type { PayloadPlaces } from '../contract/payloadStores';
import type { RunHost } from '../contract/run';
import type { BrokerSettings, ConsumerSettings, StoreSettings } from '../contract/settings';

export interface ConsumerStart {
  readonly settings: ConsumerSettings;
  readonly broker: BrokerSettings;
  readonly store: StoreSettings;
  /** Where payloads may be, beside that store. */
  readonly payloads?: PayloadPlaces | undefined;
  /** What the credentials hold now: asked when a login is refused, because passwords are rotated. */
  readonly reread?: {
    readonly broker: () => Promise<BrokerSettings>;
    readonly store: () => Promise<StoreSettings>;
    readonly payloads: () => Promise<PayloadPlaces>;
  };
  readonly host: RunHost;
  /** For people, in failure contexts. */
  readonly workflow: string;
  readonly tell: Tell;
  /** `once`: a server that is away or refuses is thrown. `endless`: both are waited for, without end. */
  readonly patience: 'once' | 'endless';
}
