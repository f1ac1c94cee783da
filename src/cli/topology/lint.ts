import type { Wanted } from '../../topology/wanted';
import { effectivePolicy } from '../../topology/compare';
import { limits } from '../doctor/limits';
import { Findings, type Finding } from '../doctor/finding';

/** Of what the pack declares. */
const OLDEST = [3, 10] as const;

/** Policies that a broker knows from a version on; older ones refuse or ignore them. */
const POLICY_SINCE: Readonly<Record<string, readonly [major: number, minor: number]>> = {
  'consumer-timeout': [3, 12],
  'delivery-limit': [3, 8],
  'dead-letter-strategy': [3, 10],
  'queue-leader-locator': [3, 10],
  'target-group-size': [4, 0],
};

/** Kinds that policies can be applied to from a version on. */
const KINDS_SINCE = [3, 12] as const;

/** What of a file would break a promise on a broker of this version. */
export function lint(wanted: Wanted, at: string): Finding[] {
  const found = new Findings('the file');
  if (isBefore(at, OLDEST)) {
    found.add(
      'problem',
      'rabbitmq_version',
      `RabbitMQ ${at} dead-letters from quorum queues at most once.`,
      {
        remedy: `Upgrade to ${OLDEST.join('.')} or newer.`,
      },
    );
  }
  for (const { name, applyTo, definition } of wanted.policies) {
    for (const [setting, since] of Object.entries(POLICY_SINCE)) {
      if (!(setting in definition) || !isBefore(at, since)) continue;
      found.add(
        'warning',
        'policy_version',
        `Policy "${name}" sets ${setting}, which RabbitMQ has from ${since.join('.')} on; this is ${at}.`,
        {
          remedy: 'Take it out until all nodes are upgraded.',
        },
      );
    }
    if (/_queues$|^streams$/.test(applyTo) && isBefore(at, KINDS_SINCE)) {
      found.add(
        'problem',
        'policy_version',
        `Policy "${name}" applies to ${applyTo}, which RabbitMQ knows from ${KINDS_SINCE.join('.')} on; this is ${at}.`,
        {
          remedy: 'Apply it to queues.',
        },
      );
    }
  }
  for (const one of wanted.declarations) {
    const queue = one.kind === 'queue' ? wanted.queues.get(one.name) : undefined;
    if (one.kind !== 'queue' || !queue) continue;
    const held = {
      type: String(one.arguments['x-queue-type']),
      arguments: one.arguments,
      policy: effectivePolicy(wanted.policies, one.name),
    };
    limits({ name: one.name, isDead: queue.isDead }, held, at, found);
  }
  return found.all.filter(({ level }) => level !== 'ok');
}

function isBefore(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a < major || (a === major && b < minor);
}
