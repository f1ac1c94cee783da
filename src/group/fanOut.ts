import { randomUUID } from 'node:crypto';

import { InputError, RefusedError } from '../contract/errors';
import { groupSchema, type GroupOptions, type GroupSettings } from '../contract/group';
import { sha256 } from '../contract/identity';
import type { JsonObject } from '../contract/reference';
import {
  dispatchSchema,
  readSettings,
  type DispatchOptions,
  type DispatchSettings,
} from '../contract/settings';
import type { UsePayloads } from '../dispatch/apart';
import { readRequest } from '../dispatch/request';
import type { CheckingPublisher } from '../dispatch/checking';
import type { UseStore } from '../store/pool';
import { childMessage, readChild, type Child, type ChildRequest, type Family } from './children';
import { delegate, partOf, type Parent, type Part } from './part';
import type { Plan } from './plan';
import { publishChildren } from './publishing';
import { register } from './registration';

export interface FanOutWork {
  readonly count: number;
  /** A child's request, read before anything is stored or sent. */
  request(index: number): ChildRequest;
  readonly publisher: CheckingPublisher;
  readonly useStore: UseStore;
  /** Where large data of children goes. */
  readonly usePayloads: UsePayloads;
  /** The task that fans out. Its queue gets the join. */
  readonly parent?: Parent | undefined;
  /** Tells this fan-out of a run from its others: the node and its item. */
  readonly place: string;
  /** Names the group, up to 200 bytes; a random one when absent. With a parent it tells groups of one place apart. */
  readonly groupId?: string | undefined;
  /** Without a parent: the scope of the queue that gets the join. */
  readonly scope?: string | undefined;
  readonly join?: {
    readonly data?: JsonObject;
    readonly tenant?: string;
    readonly priority?: number;
  };
  readonly traceparent?: string | undefined;
  readonly settings?: GroupOptions | undefined;
  readonly dispatch?: DispatchOptions | undefined;
  /** Reads all children, and neither stores nor sends anything. */
  readonly dryRun?: boolean | undefined;
}

export interface FannedOut {
  readonly group_id: string;
  readonly children: number;
  /** By this call; fewer when it was known and some had been published. */
  readonly published: number;
  /** No queue took them: they count as failed. */
  readonly failed: number;
  /** It was registered before: its first plan stands. */
  readonly known: boolean;
}

/** Digits of a hash that name a group. */
const ID_DIGITS = 32;
const LONGEST_ID = 200;
const DRY_GROUP = 'test';

/**
 * Fans tasks out as a group: all are registered before the first is published, so that no end can be missed. Done again for the same task,
 * node and item it publishes only what is missing of the first plan. Nothing waits for the children: the join is a task of its own.
 *
 * @throws InputError naming the child and its field, when there are none or too many, too deep, or the run was given up; nothing was sent
 * @throws RefusedError `conflict` when another run registers the same group
 * @throws UnavailableError when a server went away; safe to repeat
 */
export async function fanOut(work: FanOutWork): Promise<FannedOut> {
  const settings = readSettings(groupSchema, work.settings ?? {});
  const dispatching = readSettings(dispatchSchema, work.dispatch ?? {});
  checkCount(work.count, settings);
  if (work.dryRun) {
    const { length } = readChildren(work, DRY_GROUP, dispatching);
    return { group_id: DRY_GROUP, children: length, published: 0, failed: 0, known: false };
  }
  return await work.useStore(async (store) => {
    const { parent } = work;
    const part = parent && (await partOf(store, parent));
    const scope = parent?.scope ?? work.scope;
    if (scope === undefined) throw noQueue();
    const group = groupIdOf(work, part);
    if (part?.place && part.delegate !== undefined && part.delegate !== group)
      throw twice(part.delegate);
    const family = familyOf(group, part, parent?.key, settings);
    const children = readChildren(work, group, dispatching);
    const message = (child: Child, nonce: string) =>
      childMessage(child, { ...family, nonce }, dispatching, work.usePayloads);
    const plan = planOf(work, settings, part);
    checkJoin(plan, group);
    const fresh = await register(store, { group, scope, settings, plan, children, message });
    if (parent) await delegate(store, parent, part?.place ? group : '', group);
    const published = await publishChildren(store, work.publisher, {
      group,
      depth: family.depth,
      messages: fresh,
      window: dispatching.window,
    });
    return { group_id: group, children: published.total, ...published.counts, known: !fresh };
  });
}

function readChildren(
  { count, request }: FanOutWork,
  group: string,
  settings: DispatchSettings,
): Child[] {
  const children: Child[] = [];
  for (let index = 0; index < count; index += 1) {
    children.push(readChild(index, request(index), group, settings));
  }
  return children;
}

function checkCount(count: number, { mostChildren, joinWhen, atLeast = 1 }: GroupSettings): void {
  if (count < 1) {
    throw new InputError('Children', 'are none', 'Fan out at least one task, or go on without.');
  }
  if (count > mostChildren) {
    throw new InputError(
      'Children',
      `are ${count}, more than ${mostChildren}`,
      'Split them into several groups, or raise Most Children.',
    );
  }
  if (joinWhen === 'at_least' && atLeast > count) {
    throw new InputError(
      'At Least',
      `is ${atLeast}, and there are only ${count} children`,
      'Give a number that so many children can reach.',
    );
  }
}

function groupIdOf({ parent, place, groupId }: FanOutWork, part: Part | undefined): string {
  if (parent && part) {
    const told = JSON.stringify([parent.scope, parent.key, part.since, place, groupId ?? '']);
    return sha256(told).slice(0, ID_DIGITS);
  }
  if (groupId === undefined) return randomUUID();
  if (groupId.length >= 1 && Buffer.byteLength(groupId) <= LONGEST_ID) return groupId;
  throw new InputError(
    'Group ID',
    `is longer than ${LONGEST_ID} bytes`,
    'Give a shorter one, or none.',
  );
}

function familyOf(
  group: string,
  part: Part | undefined,
  parent: string | undefined,
  { mostDepth }: GroupSettings,
): Family {
  const depth = (part?.place?.depth ?? 0) + 1;
  if (depth <= mostDepth) return { group, depth, parent };
  throw new RefusedError(
    'bad_option',
    `Groups within groups are ${depth} deep here, more than ${mostDepth}.`,
    'See whether tasks fan out in a circle, or raise Most Depth.',
  );
}

function planOf(
  { parent, join = {}, traceparent }: FanOutWork,
  { joinIntent }: GroupSettings,
  part: Part | undefined,
): Plan {
  return {
    intent: joinIntent,
    ...join,
    traceparent,
    parent: parent?.key,
    outer: part?.place,
  };
}

/** Bytes of Join Data as JSON, so that the join with its failures is a message of usual size. */
const MOST_JOIN_DATA = 32 * 1024;

/** The join must not be refused when nobody is there to mend it. */
function checkJoin({ intent, data, tenant, priority }: Plan, group: string): void {
  try {
    readRequest({ to: { kind: 'queue', queue: 'join' }, intent, data, tenant, priority });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`Join of "${group}"`, error.message, error.remedy);
  }
  const bytes = Buffer.byteLength(JSON.stringify(data ?? {}));
  if (bytes <= MOST_JOIN_DATA) return;
  throw new InputError(
    'Join Data',
    `has ${bytes} bytes, more than ${MOST_JOIN_DATA}`,
    'Store it with Payload: Store, and give its claim.',
  );
}

function twice(delegate: string): InputError {
  return new InputError(
    'Delivery',
    `is a child of a group, and its task has fanned out "${delegate}" already, whose join ends for it`,
    'Put all children of this task into one group.',
  );
}

function noQueue(): InputError {
  return new InputError(
    'Join Queue',
    'is empty, and no Agent Swarm Trigger began this run',
    'Add the option Join Queue, and name the queue whose trigger shall get the join.',
  );
}
