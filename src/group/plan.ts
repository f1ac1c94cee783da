import {
  writeMembership,
  type ClosedBy,
  type GroupCounts,
  type Membership,
} from '../contract/group';
import { fingerprint } from '../contract/identity';
import type { Outgoing } from '../contract/message';
import type { JsonObject, Reference } from '../contract/reference';
import { HEADER, WIRE_VERSION } from '../contract/wire';

/** What the join of a group will be, written down before its first child is published. */
export interface Plan {
  /** Tells the joins of two groups of one id apart; set when the group is registered. */
  readonly nonce?: string | undefined;
  readonly intent: string;
  readonly data?: JsonObject | undefined;
  readonly tenant?: string | undefined;
  readonly priority?: number | undefined;
  readonly traceparent?: string | undefined;
  /** Key of the task that fanned out. */
  readonly parent?: string | undefined;
  /** The place of the one that fanned out: the join stands in for it. */
  readonly outer?: Membership | undefined;
}

/** What is told of a child that did not succeed. */
export interface ChildFailure {
  readonly index: number;
  readonly end: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** Frozen when the join is due. */
export interface Closing extends GroupCounts {
  readonly closed_by: ClosedBy;
  readonly failures: readonly ChildFailure[];
}

/** Under which a second join is a duplicate; also the message id. */
const joinKeyOf = (group: string, nonce = ''): string => `join-${group}-${nonce}`;

/** Pure: whoever sends the join of a group sends the same. @param closedAt ms since 1970 */
export function joinMessage(
  group: string,
  plan: Plan,
  closing: Closing,
  queue: string,
  closedAt: number,
): Outgoing {
  const key = joinKeyOf(group, plan.nonce);
  const { failures, ...counts } = closing;
  const reference: Reference = {
    task_id: key,
    intent: plan.intent,
    tenant: plan.tenant,
    data: { ...plan.data, group: { id: group, ...counts, failures } as unknown as JsonObject },
  };
  return {
    exchange: '',
    routingKey: queue,
    body: Buffer.from(JSON.stringify(reference)),
    messageId: key,
    properties: {
      type: plan.intent,
      correlationId: group,
      contentType: 'application/json',
      priority: plan.priority,
      timestamp: Math.floor(closedAt / 1000),
    },
    headers: {
      [HEADER.idempotencyKey]: key,
      [HEADER.version]: WIRE_VERSION,
      [HEADER.fingerprint]: fingerprint(reference),
      [HEADER.firstSeen]: new Date(closedAt).toISOString(),
      ...(plan.outer && { [HEADER.child]: writeMembership(plan.outer) }),
      ...(plan.parent !== undefined && { [HEADER.parent]: plan.parent }),
      ...(plan.traceparent !== undefined && { [HEADER.traceparent]: plan.traceparent }),
    },
  };
}
