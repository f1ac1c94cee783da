import type { ConsumerSettings } from '../contract/settings';
import type { Task } from '../contract/verdicts';
import { sha256 } from '../contract/identity';
import { Rounds, type WhoseTurn } from './rounds';
import { UrgentFirst } from './urgentFirst';

/** From here on a task is urgent: quorum queues of RabbitMQ 4.0 to 4.2 know these two levels. */
const URGENT = 5;

export type Spreading = Pick<ConsumerSettings, 'lanes' | 'priorities'>;

/** How the tasks of a queue are spread over the lanes behind it. */
export interface Spread {
  /** 0: they stay in the queue. */
  readonly lanes: number;
  /** The lane of a task, from 0. */
  laneOf(task: Task): number;
  /** @param quantum cost of a usual task */
  rounds(quantum: number): WhoseTurn;
}

/**
 * Tenants by hash. Priorities need lanes of their own only where quorum queues have none, before RabbitMQ 4: the second half is for what is
 * urgent.
 *
 * @param version of the broker
 */
export function spreadOf({ lanes, priorities }: Spreading, version: string): Spread {
  const [major = 0] = version.split('.').map(Number);
  const half = Math.max(1, lanes);
  if (!priorities || major >= 4) {
    return {
      lanes,
      laneOf: ({ reference }) => laneOfTenant(reference.tenant, half),
      rounds: (quantum) => new Rounds(lanes, quantum),
    };
  }
  return {
    lanes: mostLanes({ lanes, priorities }),
    laneOf({ reference, delivery }) {
      const urgent = (delivery.properties.priority ?? 0) >= URGENT;
      return laneOfTenant(reference.tenant, half) + (urgent ? half : 0);
    },
    rounds: (quantum) => new UrgentFirst(new Rounds(half, quantum), new Rounds(half, quantum)),
  };
}

/** Lanes there may be, whatever the broker is. */
export function mostLanes({ lanes, priorities }: Spreading): number {
  return priorities ? 2 * Math.max(1, lanes) : lanes;
}

/** Which lane the tasks of a tenant wait in; those of nobody have one, too. */
export function laneOfTenant(tenant: string | null | undefined, lanes: number): number {
  return parseInt(sha256(tenant ?? '').slice(0, 8), 16) % lanes;
}
