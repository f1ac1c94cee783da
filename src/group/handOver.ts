import { InputError, RefusedError } from '../contract/errors';
import { writeMembership } from '../contract/group';
import { sha256 } from '../contract/identity';
import type { Headers } from '../contract/message';
import type { JsonObject } from '../contract/reference';
import type { Stage } from '../contract/run';
import { dispatchSchema, readSettings } from '../contract/settings';
import { HEADER } from '../contract/wire';
import type { UsePayloads } from '../dispatch/apart';
import type { CheckingPublisher } from '../dispatch/checking';
import { ownMessage, prepare } from '../dispatch/own';
import type { DispatchRequest } from '../dispatch/request';
import type { UseStore } from '../store/pool';
import { delegate, partOf, type Parent } from './part';

export interface HandOverWork {
  /** The task that is handed over. */
  readonly task: Parent;
  /** What it is from now on, and where. */
  readonly request: Omit<DispatchRequest, 'runOncePer' | 'customKey' | 'delayMs'>;
  /** Fields of the message that the pack knows nothing of. */
  readonly unknown: JsonObject;
  /** Key of the task that fanned it out. */
  readonly parent: string | undefined;
  /** Where it was before, the first one first. */
  readonly trail: readonly Stage[];
  readonly here: Omit<Stage, 'at'>;
  readonly publisher: CheckingPublisher;
  readonly useStore: UseStore;
  /** Where large data goes. */
  readonly usePayloads: UsePayloads;
}

export interface HandedOver {
  readonly task_id: string;
  /** Under which it runs once there. */
  readonly key: string;
  readonly message_id: string;
  /** Hand-overs so far. */
  readonly hops: number;
}

const MOST_HOPS = 20;
const LONGEST_NOTE = 200;
/** What stands in for a group's id where a task was handed over. */
const HANDED_OVER = 'handed over';

/**
 * Passes a task on to other agents, with where it was and what was noted there. In its group the one that gets it counts in its place. The
 * caller says Complete afterwards; should it die before, the next run hands over again, and the second message is a duplicate.
 *
 * @throws InputError naming the field, or when the run was given up; RefusedError when no queue takes it, or after too many hops
 */
export async function handOver(work: HandOverWork): Promise<HandedOver> {
  const { task, request, here, publisher, useStore } = work;
  const settings = readSettings(dispatchSchema, {});
  const prepared = prepare({ ...request, runOncePer: 'task_id' }, settings, work.unknown);
  const hops = work.trail.length + 1;
  if (hops > MOST_HOPS) throw circle(hops);
  const note = here.note?.slice(0, LONGEST_NOTE);
  const trail = [...work.trail, { ...here, note, at: new Date().toISOString() }];
  return await useStore(async (store) => {
    const { since, place, delegate: delegated } = await partOf(store, task);
    if (delegated !== undefined && delegated !== HANDED_OVER) throw fannedOut(delegated);
    // Of this task, here and this time alone: it may come back to a queue in which it was before, and copies of it in other queues are
    // other tasks. Whatever a repeated run makes of it, the second message is a duplicate of the first.
    const key = `handed-${sha256(JSON.stringify([task.scope, task.key, since]))}`;
    const own: Headers = {
      [HEADER.fingerprint]: sha256(key),
      [HEADER.trail]: JSON.stringify(trail),
      ...(work.parent !== undefined && { [HEADER.parent]: work.parent }),
      ...(place && { [HEADER.child]: writeMembership(place) }),
    };
    const message = await ownMessage(prepared, key, own, settings, work.usePayloads);
    if (message.exchange !== '') await publisher.checkExchange(message.exchange);
    await publisher.publish(message);
    // Not before: what was not sent is this run's to end.
    if (place) await delegate(store, task, HANDED_OVER);
    const { task_id } = prepared.request.reference;
    return { task_id, key, message_id: message.messageId, hops };
  });
}

function circle(hops: number): RefusedError {
  return new RefusedError(
    'bad_option',
    `The task was handed over ${hops} times, more than ${MOST_HOPS}.`,
    'See whether agents hand it over in a circle; swarm.trail says where it was.',
  );
}

function fannedOut(group: string): InputError {
  return new InputError(
    'Delivery',
    `has fanned out the group "${group}", whose join ends for it in its own group`,
    'Hand over before, or in the join.',
  );
}
