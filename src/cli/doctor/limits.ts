import type { QueueSettings } from '../../broker/management';
import { spell, type Findings } from './finding';

export interface Named {
  readonly name: string;
  /** It holds dead letters. */
  readonly isDead: boolean;
}

const LOSES = 'what it drops then is lost: these are the tasks that gave up.';

/** What arguments and policies of a queue break. @param at version of the broker */
export function limits(
  { name, isDead }: Named,
  held: QueueSettings,
  at: string,
  found: Findings,
): void {
  const before = found.all.length;
  const add = (level: 'problem' | 'warning', check: string, said: string, remedy: string) =>
    found.add(level, check, `"${name}" ${said}`, { remedy });
  const of = (setting: string) => held.arguments[`x-${setting}`] ?? held.policy[setting];
  if (held.type !== 'quorum') {
    add(
      'problem',
      'queue_type',
      `is a ${held.type} queue: what it holds is lost with its node.`,
      'Move its tasks to a quorum queue: delete it when it is empty, and publish its workflow.',
    );
  }
  const limit = deliveryLimit(held, at);
  if (limit !== undefined) {
    const why = isDead
      ? `${LOSES} Each look at dead letters counts.`
      : 'tasks that are handed back so often, by clean restarts as well, are given up by RabbitMQ without ever having run.';
    add(
      'problem',
      'delivery_limit',
      `has a delivery limit of ${limit}: ${why}`,
      'A policy with delivery-limit must go. The argument x-delivery-limit stays for the life of a queue: only one that the pack declares anew is without.',
    );
  }
  if (of('max-length') !== undefined || of('max-length-bytes') !== undefined) {
    add(
      isDead ? 'problem' : 'warning',
      'queue_length',
      `has a length limit: ${isDead ? LOSES : 'when it is full, retries and replays cannot come back.'}`,
      isDead ? 'Take it away.' : 'Take it away, and use Refuse Above of Task: Dispatch.',
    );
  }
  if (of('expires') !== undefined) {
    add(
      'problem',
      'queue_expires',
      'is deleted when it is not used, with what it holds.',
      'Take the policy away.',
    );
  }
  const ttl = of('message-ttl');
  if (ttl !== undefined) {
    add(
      isDead ? 'problem' : 'warning',
      'queue_ttl',
      `has a time to live of ${spell(Number(ttl))}: ${isDead ? LOSES : 'what waits longer becomes a dead letter.'}`,
      'Take it away, unless that is meant.',
    );
  }
  if (found.all.length === before) {
    found.add('ok', 'queue_settings', `"${name}" is as it should be.`);
  }
}

/** Returns that no message lives to see count as no limit; the pack declares such a one. */
const NO_LIMIT = 1_000_000;

/**
 * A policy and the argument hold together: the lower one. Without either RabbitMQ has none before 4.0, and 20 since. -1 is none since
 * 4.0, and before it a limit that the first return exceeds.
 */
function deliveryLimit(held: QueueSettings, at: string): number | undefined {
  if (held.type !== 'quorum') return undefined;
  const [major = 0] = at.split('.').map(Number);
  const given = [held.arguments['x-delivery-limit'], held.policy['delivery-limit']].filter(
    (limit) => typeof limit === 'number',
  );
  if (given.length === 0) return major >= 4 ? 20 : undefined;
  const least = Math.min(...(major >= 4 ? given.filter((limit) => limit >= 0) : given));
  return least < NO_LIMIT ? least : undefined;
}
