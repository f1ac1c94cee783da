import { BrokerConnection } from '../broker/connection';
import { brokerCause } from '../broker/cause';
import { declare } from '../broker/declare';
import { putPolicy, type Standing } from '../broker/standing';
import { unbind } from '../broker/unbind';
import { RefusedError } from '../contract/errors';
import type { BrokerSettings } from '../contract/settings';
import { compare, extraLinks } from './compare';
import type { Wanted } from './wanted';

/**
 * Makes what is missing, and changes policies; nothing is deleted but, with `prune`, bindings that the file does not have. Can be made
 * again after it broke off.
 *
 * @param standing what was there at the last look
 * @throws RefusedError `conflict`, before anything is changed, when something stands that cannot be changed
 */
export async function apply(
  broker: BrokerSettings,
  wanted: Wanted,
  standing: Standing,
  { prune }: { readonly prune: boolean },
): Promise<void> {
  const differences = compare(wanted, standing);
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
    const { live } = connection;
    if (!live) throw new Error('Connection closed');
    await declare(live, wanted.declarations, 'declare', broker);
    if (prune) await unbind(live, extraLinks(wanted, standing));
  } catch (error) {
    throw brokerCause(error, broker);
  } finally {
    await connection.close();
  }
  const changed = new Set(
    differences.flatMap(({ kind, change, name }) =>
      kind === 'policy' && change !== 'extra' ? [name] : [],
    ),
  );
  for (const policy of wanted.policies) {
    if (changed.has(policy.name)) await putPolicy(broker, policy);
  }
}
