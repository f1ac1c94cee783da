import { UnavailableError } from '../contract/errors';
import type { Delivery } from '../contract/message';
import { patiently, within } from '../contract/patience';
import type { ConsumerSettings } from '../contract/settings';
import { CLAIM_PREFIX } from '../contract/wire';
import { claimsIn, readClaim } from '../payload/claim';
import { hasPlace } from '../payload/places';
import { longestLife } from './consumerTerms';
import type { CurrentPlaces } from './currentPlaces';

/** Longest that a task or its letter waits for a store of payloads that is away, ms: what is kept lasts for a while anyway. */
const WAIT_MS = 5000;

/**
 * Keeps payloads for as long as something may still name them; the time to live that was given is the least. A task may come again for as
 * long as all of its attempts can take, and is remembered for a while after; its dead letter is for a person, who comes when there is time.
 */
export class Retention {
  private readonly spanMs: number;

  constructor(
    private readonly places: CurrentPlaces,
    private readonly settings: ConsumerSettings,
    private readonly away: (error: unknown) => void,
  ) {
    this.spanMs = longestLife(settings) + settings.rememberMs;
  }

  /** Of a task that is about to run. Costs nothing as long as enough is left. */
  async admitted(
    claims: readonly { readonly claim: string; readonly leftMs: number }[],
  ): Promise<void> {
    const short = claims.filter(({ leftMs }) => leftMs < this.spanMs);
    await Promise.all(short.map(({ claim }) => this.keep(claim, this.spanMs)));
  }

  /** Of a task that comes back after a delay. The usual ones are within what was kept when it was admitted. */
  async putOff(delivery: Delivery, delayMs: number): Promise<void> {
    if (delayMs <= this.settings.retry.capMs) return;
    await this.named(delivery, delayMs + this.spanMs);
  }

  /** Of a task that becomes a dead letter. */
  async buried(delivery: Delivery): Promise<void> {
    const { deadPayloadMs } = this.settings;
    if (deadPayloadMs > 0) await this.named(delivery, deadPayloadMs);
  }

  private async named({ body, headers }: Delivery, leastMs: number): Promise<void> {
    const claims = claimsIn(refIn(body), headers);
    await Promise.all(claims.map((claim) => this.keep(claim, leastMs)));
  }

  /** What cannot be done within a while is told and left: a task is not held up by what its payload lasts. */
  private async keep(claim: string, leastMs: number): Promise<void> {
    if (!this.reaches(claim)) return;
    const act = () =>
      this.places.withStoreOf(claim, (payloads) => payloads.keep(claim, Math.ceil(leastMs)));
    const keeping = patiently(act, { limitMs: WAIT_MS, onAway: this.away });
    await within(WAIT_MS, keeping, () => late(claim)).catch(this.away);
  }

  private reaches(claim: string): boolean {
    try {
      return hasPlace(this.places, readClaim(claim).kind);
    } catch {
      // Malformed: it leads nowhere.
      return false;
    }
  }
}

function late(claim: string): UnavailableError {
  return new UnavailableError(
    'timeout',
    `${claim} was not kept for longer: its store did not answer within ${WAIT_MS / 1000} s.`,
    'See how that store is doing.',
  );
}

/** Bodies that nobody could read become dead letters as well. */
function refIn(body: Buffer): unknown {
  if (!body.includes(CLAIM_PREFIX)) return undefined;
  try {
    return (JSON.parse(body.toString()) as { ref?: unknown } | null)?.ref;
  } catch {
    return undefined;
  }
}
