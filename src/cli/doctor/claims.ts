import { RefusedError } from '../../contract/errors';
import { STORE_NAMES, type StoreKind } from '../../contract/payloadStores';
import type { BrokerSettings } from '../../contract/settings';
import { deadQueueOf } from '../../contract/wire';
import { browseWhole } from '../../deadLetters/browse';
import type { WholeLetter } from '../../deadLetters/letter';
import type { Desk } from '../../deadLetters/walk';
import { claimsIn, readClaim } from '../../payload/claim';
import type { Store } from '../../store/store';
import { queuesOf, type StandingScope } from '../../word/scopes';
import { Findings, type Finding } from './finding';

/** Letters of each queue that are looked at. */
const MOST_LETTERS = 1000;
const SOON_MS = 24 * 3_600_000;
const SOURCE = 'RabbitMQ: dead letters; Redis: PTTL';

/** Whether dead letters could still be replayed: what they name must be there. */
export async function claimFindings(
  broker: BrokerSettings,
  store: Store,
  scopes: readonly StandingScope[],
): Promise<Finding[]> {
  const found = new Findings(SOURCE);
  for (const scope of scopes) {
    const { queue } = scope;
    const { dead } = queuesOf(scope);
    if (dead !== deadQueueOf(queue)) {
      // One that somebody else made may have a delivery limit, and a look counts.
      found.add('unknown', 'claim_ttl', `Dead letters in "${dead}" are not looked at.`, {
        remedy: `agent-swarm dead-letters list ${queue} --dead-queue ${dead}`,
      });
      continue;
    }
    const letters = await lettersIn({ broker, queue: dead });
    const named = letters.flatMap(({ ref, headers }) => claimsIn(ref, headers));
    const { claims, elsewhere } = inRedis(named);
    for (const [kind, count] of elsewhere) {
      const said = `${count} dead letters of "${queue}" name a payload in ${STORE_NAMES[kind]}, which is not looked at.`;
      found.add('unknown', 'claim_ttl', said, {
        remedy: 'See docs/payloads.md for what tells when they go.',
      });
    }
    if (claims.length === 0) continue;
    const left = await store.ask((client) =>
      Promise.all(claims.map((claim) => client.pttl(store.keys.claim(claim)))),
    );
    const gone = left.filter((ms) => ms === -2).length;
    const soon = left.filter((ms) => ms >= 0 && ms < SOON_MS).length;
    const remedy =
      'Replay or discard them in time, or raise Keep Payloads of Dead Letters of the trigger, and Time to Live of who stores them.';
    if (gone > 0) {
      const said = `${gone} dead letters of "${queue}" name a payload that is gone: a replay ends as payload_missing.`;
      found.add('problem', 'claim_ttl', said, { remedy });
    } else if (soon > 0) {
      const said = `${soon} dead letters of "${queue}" name a payload that goes within a day.`;
      found.add('warning', 'claim_ttl', said, { remedy });
    } else found.add('ok', 'claim_ttl', `What dead letters of "${queue}" name is there.`);
  }
  return found.all;
}

/** None where the queue was deleted. */
async function lettersIn(desk: Desk): Promise<readonly WholeLetter[]> {
  try {
    return (await browseWhole(desk, { limit: MOST_LETTERS, untilLimit: true })).letters;
  } catch (error) {
    if (error instanceof RefusedError && error.code === 'not_found') return [];
    throw error;
  }
}

/** Ids of what is named in Redis, malformed names among them: nothing is there. Of other stores how many. */
function inRedis(named: readonly string[]): {
  claims: string[];
  elsewhere: Map<StoreKind, number>;
} {
  const claims: string[] = [];
  const elsewhere = new Map<StoreKind, number>();
  for (const claim of named) {
    try {
      const { kind, id } = readClaim(claim);
      if (kind === 'redis') claims.push(id);
      else elsewhere.set(kind, (elsewhere.get(kind) ?? 0) + 1);
    } catch {
      claims.push(claim);
    }
  }
  return { claims, elsewhere };
}
