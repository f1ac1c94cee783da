import type { QueueDeclaration } from '../../broker/declaration';
import type { Policy } from '../../broker/policies';
import type { Standing } from '../../broker/standing';
import { effectivePolicy } from '../../topology/policies';
import type { Wanted } from '../../topology/wanted';
import { Findings, type Finding } from '../doctor/finding';
import { limits } from '../doctor/limits';
import { brokerVersion, isBefore } from '../doctor/versions';

type Since = readonly [major: number, minor: number];

/** Policies that a broker knows from a version on; older ones refuse or ignore them. */
const POLICY_SINCE: Readonly<Record<string, Since>> = {
  'consumer-timeout': [3, 12],
  'delivery-limit': [3, 8],
  'dead-letter-strategy': [3, 10],
  'queue-leader-locator': [3, 10],
  'target-group-size': [3, 13],
};
/** Kinds that policies can be applied to from a version on. */
const KINDS_SINCE: Since = [3, 12];

/** What makes a step of the delay ladder, or what holds undeliverable messages, do something else. */
const MOVING =
  /^(message-ttl|expires|max-length|max-length-bytes|overflow|delivery-limit|dead-letter-.*)$/;

/**
 * What of a file would break a promise on a broker of this version.
 *
 * @param there what stands, for what others set above the file
 */
export function lint(wanted: Wanted, at: string, there?: Standing): Finding[] {
  const found = new Findings('the file');
  brokerVersion(at, `RabbitMQ ${at}.`, found);
  for (const policy of wanted.policies) policyVersion(policy, at, found);
  for (const one of wanted.declarations) {
    if (one.kind === 'queue') queue(one, wanted, at, found);
  }
  for (const { name, operatorPolicy } of there?.queues.values() ?? []) {
    if (operatorPolicy === undefined || !wanted.queues.has(name)) continue;
    found.add(
      'warning',
      'operator_policy',
      `Operator policy "${operatorPolicy}" holds for "${name}".`,
      {
        remedy: 'See what it sets: rabbitmqctl list_operator_policies.',
        source: 'RabbitMQ: management API',
      },
    );
  }
  return found.all.filter(({ level }) => level !== 'ok');
}

function policyVersion({ name, applyTo, definition }: Policy, at: string, found: Findings): void {
  for (const [setting, since] of Object.entries(POLICY_SINCE)) {
    if (!(setting in definition) || !isBefore(at, since)) continue;
    const said = `Policy "${name}" sets ${setting}, which RabbitMQ has from ${since.join('.')} on; this is ${at}.`;
    const remedy = 'Take it out until all nodes are upgraded.';
    found.add('warning', 'policy_version', said, { remedy });
  }
  if (/_queues$|^streams$/.test(applyTo) && isBefore(at, KINDS_SINCE)) {
    const said = `Policy "${name}" applies to ${applyTo}, which RabbitMQ knows from ${KINDS_SINCE.join('.')} on; this is ${at}.`;
    found.add('problem', 'policy_version', said, { remedy: 'Apply it to queues.' });
  }
}

function queue(one: QueueDeclaration, wanted: Wanted, at: string, found: Findings): void {
  const policy = effectivePolicy(wanted.policies, one.name);
  const own = wanted.queues.get(one.name);
  if (own) {
    const type = String(one.arguments['x-queue-type']);
    limits({ name: one.name, ...own }, { type, arguments: one.arguments, policy }, at, found);
    return;
  }
  const moving = Object.keys(policy).filter((setting) => MOVING.test(setting));
  if (moving.length === 0) return;
  const said = `A policy sets ${moving.join(', ')} for "${one.name}", which all delays and retries go through.`;
  found.add('problem', 'ladder_policy', said, { remedy: 'Let its pattern leave out ^swarm\\..' });
}
