import { canonicalize } from 'json-canonicalize';

import type { Policy } from '../broker/policies';
import type { Standing } from '../broker/standing';
import type { Difference } from './difference';
import type { Wanted } from './wanted';

/** Queues that are named where a policy holds for many. */
const NAMED = 5;

export function policyDifferences(wanted: Wanted, { policies }: Standing): Difference[] {
  const names = new Set(wanted.policies.map(({ name }) => name));
  const extra = [...policies.values()].filter(({ name }) => !names.has(name));
  return [
    ...wanted.policies.flatMap((one) => changes(one, policies.get(one.name))),
    ...extra.flatMap((one) => stray(one, wanted)),
  ];
}

function changes(wanted: Policy, there: Policy | undefined): Difference[] {
  const { name } = wanted;
  if (!there) return [{ change: 'create', kind: 'policy', name }];
  const said = Object.entries(wanted).flatMap(([field, value]) => {
    const has = there[field as keyof Policy];
    return canonicalize(has) === canonicalize(value)
      ? []
      : [`${field} ${canonicalize(has)} -> ${canonicalize(value)}`];
  });
  if (said.length === 0) return [];
  const remedy = 'Apply changes it; it holds at once.';
  return [{ change: 'change', kind: 'policy', name, said: said.join(', '), remedy }];
}

/** Of somebody else, and holds for what the file is about, the delay ladder included. */
function stray(policy: Policy, { declarations }: Wanted): Difference[] {
  const queues = declarations.flatMap((one) => (one.kind === 'queue' ? [one.name] : []));
  const hit = queues.filter((queue) => fits(policy, queue));
  if (hit.length === 0) return [];
  const named = hit.slice(0, NAMED).map((queue) => `"${queue}"`);
  const more = hit.length > NAMED ? ` and ${hit.length - NAMED} more` : '';
  return [
    {
      ...{ change: 'extra', kind: 'policy', name: policy.name },
      said: `holds for ${named.join(', ')}${more} with ${canonicalize(policy.definition)}, unless one of higher priority does`,
      remedy: 'Add it to the file, or take it away: rabbitmqctl clear_policy.',
    },
  ];
}

/** Whether a policy is for a quorum queue of this name. A pattern that only Erlang can read fits nothing here. */
function fits({ applyTo, pattern }: Policy, queue: string): boolean {
  if (!/^(queues|all|quorum_queues)$/.test(applyTo)) return false;
  try {
    return new RegExp(pattern).test(queue);
  } catch {
    return false;
  }
}

/** What a queue is held to by policies: of those that fit the one with the highest priority, alone. */
export function effectivePolicy(policies: readonly Policy[], queue: string): Policy['definition'] {
  const fit = policies
    .filter((policy) => fits(policy, queue))
    .reduce<Policy | undefined>(
      (best, one) => (best && best.priority >= one.priority ? best : one),
      undefined,
    );
  return fit?.definition ?? {};
}
