import type { RunEnd } from '../../../src/contract/verdicts';
import { settled } from './owner';
import { LEASE_MS, type ModelRun, type Universe } from './universe';

/** Rounds after which a case that still has work to do is taken for one that never ends. */
const MOST_ROUNDS = 600;
/** Longer than any pause before something is tried or asked again, ms. */
const PAUSE_MS = 2100;

/**
 * Lets everything that is due happen, with every process healthy: effects, runs, deliveries, sweeps, pauses, delays, leases.
 *
 * @param ends how runs end, in turn
 */
export async function drain(universe: Universe, ends: readonly RunEnd[]): Promise<void> {
  let ended = 0;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    await effects(universe);
    const run = universe.runs.find(underWay);
    if (run) {
      universe.end(run, ends[ended++ % ends.length] as RunEnd);
    } else if (universe.broker.ready.length > 0) {
      universe.owner(round).take(0);
    } else {
      // In turn: what holds asks again, what was said is looked for, and only then delays and leases run out.
      await jest.advanceTimersByTimeAsync(PAUSE_MS);
      universe.owner(round).room.spoken.sweep();
      await effects(universe);
      if (await nothingLeft(universe)) return;
      await universe.pass(universe.broker.nextDue() ?? LEASE_MS + 1000);
    }
  }
  throw new Error(`never ends: ${remains(universe)}`);
}

async function effects(universe: Universe): Promise<void> {
  await settled();
  for (;;) {
    universe.verify();
    const busy = universe.owners.filter(({ pendings }) => pendings.length > 0);
    if (busy.length === 0) return;
    for (const owner of busy) await owner.step(0, 'whole');
  }
}

async function nothingLeft(universe: Universe): Promise<boolean> {
  const { broker, owners, runs } = universe;
  if (runs.some(underWay) || owners.some(({ holds }) => holds > 0)) return false;
  if (broker.ready.length > 0 || broker.delayed.length > 0) return false;
  return (await universe.spokenLeft()) === 0;
}

function underWay({ end, owner }: ModelRun): boolean {
  return end !== undefined && owner.alive;
}

function remains({ broker, owners, published }: Universe): string {
  return JSON.stringify({
    ready: broker.ready.length,
    delayed: broker.delayed.length,
    held: owners.map(({ holds }) => holds),
    published,
  });
}
