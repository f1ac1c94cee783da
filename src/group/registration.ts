import { randomUUID } from 'node:crypto';

import { RefusedError } from '../contract/errors';
import type { GroupSettings } from '../contract/group';
import type { Outgoing } from '../contract/message';
import { HEADER } from '../contract/wire';
import type { Store } from '../store/store';
import { packMessage, type Child } from './children';
import { GROUP_LIFE_MS } from './closing';
import { lookScript } from './joinScripts';
import { fillScript, openScript, sealScript } from './openScripts';
import type { Plan } from './plan';

export interface Registering {
  readonly group: string;
  /** Whose consumer sends the join. */
  readonly scope: string;
  readonly settings: GroupSettings;
  readonly plan: Plan;
  readonly children: readonly Child[];
  message(child: Child, nonce: string): Promise<Outgoing>;
}

const NONCE_DIGITS = 8;
/** Children of one call. */
const CHUNK = 200;

/**
 * Registers a group whole. One that was registered before stays as it is.
 *
 * @returns the messages of its children by index, or undefined when it was known
 */
export async function register(
  store: Store,
  { group, scope, settings, plan, children, message }: Registering,
): Promise<Map<number, Outgoing> | undefined> {
  const keys = store.keys.group(group);
  const { deadlineMs, rememberMs, joinWhen } = settings;
  const writer = randomUUID();
  const nonce = writer.slice(0, NONCE_DIGITS);
  // First of all: a group that nobody looks at would never end should this process die.
  const life = deadlineMs + GROUP_LIFE_MS;
  await store.run(
    lookScript,
    [store.keys.joins(scope)],
    [group, deadlineMs, 1, life, store.keys.joinsDue(scope)],
  );
  const state = await store.run(openScript, keys, [
    writer,
    children.length,
    JSON.stringify({ ...plan, nonce } satisfies Plan),
    deadlineMs,
    rememberMs,
    scope,
    needsOf(settings) ?? '',
    joinWhen === 'first_success' ? 1 : 0,
  ]);
  if (state !== 'opening') return undefined;
  const messages = new Map<number, Outgoing>();
  for (let from = 0; from < children.length; from += CHUNK) {
    const part = children.slice(from, from + CHUNK);
    const made = await Promise.all(part.map((child) => message(child, nonce)));
    part.forEach(({ index }, at) => messages.set(index, made[at] as Outgoing));
    const filling = part.flatMap(({ index, request: { reference } }, at) => {
      const { task_id, intent, ref } = reference;
      const sent = made[at] as Outgoing;
      const key = sent.headers[HEADER.idempotencyKey];
      return [index, JSON.stringify({ task_id, key, intent, ref }), packMessage(sent)];
    });
    const filled = await store.run(fillScript, keys, [writer, ...filling]);
    if (filled === 'lost') throw overtaken(group);
  }
  if ((await store.run(sealScript, keys, [writer])) === 'lost') throw overtaken(group);
  return messages;
}

/** Successes that are enough; undefined: all shall end. */
function needsOf({ joinWhen, atLeast }: GroupSettings): number | undefined {
  if (joinWhen === 'first_success') return 1;
  return joinWhen === 'at_least' ? atLeast : undefined;
}

function overtaken(group: string): RefusedError {
  return new RefusedError(
    'conflict',
    `Another run fans out the group "${group}" at the same time, and goes on with it.`,
    'Nothing of this run was published. Give groups without a parent task different IDs.',
  );
}
