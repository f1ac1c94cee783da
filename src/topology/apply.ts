import { BrokerConnection } from '../broker/connection';
import { brokerCause } from '../broker/cause';
import { checkManagement } from '../broker/checkManagement';
import { declare } from '../broker/declare';
import type { Policy } from '../broker/policies';
import { putPolicy, removeBinding, type Standing } from '../broker/standing';
import { RefusedError } from '../contract/errors';
import type { BrokerSettings } from '../contract/settings';
import { extraLinks } from './compare';
import type { Difference } from './difference';
import type { Wanted } from './wanted';

/**
 * Makes what is missing, and changes policies; nothing is deleted but, with `prune`, bindings that the file does not have. Can be made
 * again after it broke off.
 *
 * @param standing what was there at the last look
 * @param differences what `compare` said of both
 * @throws RefusedError `conflict`, before anything is changed, when something stands that cannot be changed
 */
export async function apply(
  broker: BrokerSettings,
  wanted: Wanted,
  standing: Standing,
  { differences, prune }: { readonly differences: readonly Difference[]; readonly prune: boolean },
): Promise<void> {
  const stands = differences.find(({ change }) => change === 'conflict');
  if (stands?.change === 'conflict') {
    throw new RefusedError(
      'conflict',
      `Nothing was changed: ${stands.kind} "${stands.name}" ${stands.said}.`,
      stands.remedy,
    );
  }
  const connection = await BrokerConnection.open(broker, 'topology', 'once');
  try {
    const { live, identity } = connection;
    if (!live) throw new Error('Connection closed');
    // What was compared must be what is changed.
    await checkManagement(broker, identity);
    // First: some act on a queue only while it is made.
    for (const policy of changedPolicies(wanted, differences)) await putPolicy(broker, policy);
    await declare(live, wanted.declarations, 'declare', broker);
  } catch (error) {
    throw brokerCause(error, broker);
  } finally {
    await connection.close();
  }
  if (!prune) return;
  for (const link of extraLinks(wanted, standing)) await removeBinding(broker, link);
}

function changedPolicies({ policies }: Wanted, differences: readonly Difference[]): Policy[] {
  const names = new Set(
    differences.flatMap(({ kind, change, name }) =>
      kind === 'policy' && change !== 'extra' ? [name] : [],
    ),
  );
  return policies.filter(({ name }) => names.has(name));
}
