import { InputError } from '../contract/errors';
import { writeMembership } from '../contract/group';
import type { Headers, Outgoing } from '../contract/message';
import type { DispatchSettings } from '../contract/settings';
import { HEADER } from '../contract/wire';
import type { UsePayloads } from '../dispatch/apart';
import { ownMessage, prepare, type Prepared } from '../dispatch/own';
import type { DispatchRequest } from '../dispatch/request';

/** What a child is asked to do. The rest is its group's. */
export type ChildRequest = Omit<
  DispatchRequest,
  'groupId' | 'runOncePer' | 'customKey' | 'delayMs'
>;

/** A child as it is read, with nothing stored or sent of it yet. */
export interface Child extends Prepared {
  readonly index: number;
}

/** Of a group: what its children bear. */
export interface Family {
  readonly group: string;
  readonly depth: number;
  /** Key of the task that fans out. */
  readonly parent: string | undefined;
}

/** A group's id may be used again after it was forgotten, and its children are remembered for longer. */
export interface Nonce {
  readonly nonce: string;
}

/** @throws InputError naming the child and its field; nothing is stored or sent by then */
export function readChild(
  index: number,
  given: ChildRequest,
  group: string,
  settings: DispatchSettings,
): Child {
  try {
    const taskId = given.taskId ?? `${group}.${index}`;
    const request = { ...given, taskId, groupId: group, runOncePer: 'task_id' } as const;
    return { index, ...prepare(request, settings) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { field, message, remedy } = error;
    throw new InputError(
      `Child ${index}`,
      message.startsWith(field) ? message : `${field}: ${message}`,
      remedy,
    );
  }
}

/** The message of a child. Its key is its place, so that two children that ask for the same are two tasks. */
export async function childMessage(
  child: Child,
  family: Family & Nonce,
  settings: DispatchSettings,
  usePayloads: UsePayloads,
): Promise<Outgoing> {
  const { group, depth, parent, nonce } = family;
  const { index } = child;
  const own: Headers = {
    [HEADER.child]: writeMembership({ group, index, depth }),
    ...(parent !== undefined && { [HEADER.parent]: parent }),
  };
  return await ownMessage(child, `child-${group}-${nonce}-${index}`, own, settings, usePayloads);
}

/** A message as it is kept until it is published. */
export function packMessage({ body, ...rest }: Outgoing): string {
  return JSON.stringify({ ...rest, body: body.toString('utf8') });
}

export function unpackMessage(packed: string): Outgoing {
  const { body, ...rest } = JSON.parse(packed) as Omit<Outgoing, 'body'> & { body: string };
  return { ...rest, body: Buffer.from(body) };
}
