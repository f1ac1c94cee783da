import type { SettleVerdict, Task, Tries } from '../contract/verdicts';
import { HEADER } from '../contract/wire';
import { Run } from '../run/run';
import type { GivingUp } from '../settle/policy';
import { writeToken } from '../word/token';
import type { Hand } from './hand';
import { itemOf } from './item';
import { redeem } from './redeem';
import type { Room } from './room';
import { deadlineMissed, deadlinePassed, payloadMissing, timeLeft } from './terms';

/** No run has this fence: what is said about one without a lease is refused, except Complete. */
const NO_FENCE = 0;

/** Redeem, run, settle, without a lease: for who would rather run twice than wait for a store that is away. */
export async function workUnguarded(task: Task, hand: Hand, room: Room): Promise<SettleVerdict> {
  const { unguarded } = room;
  const tries = triesTold(task);
  const giveUp = (why: GivingUp) => unguarded.settle(task, tries, { kind: 'dead', why }, hand.ack);
  if (deadlinePassed(task)) return await giveUp(deadlineMissed(task));
  const redeemed = await redeem(task, hand.signal, room);
  if (redeemed.kind === 'not_yet') {
    return await room.settlement.sendRound(task, redeemed.ms, hand.ack);
  }
  if (redeemed.kind !== 'redeemed') return await giveUp(payloadMissing(redeemed));
  const lease = { key: task.key, fence: NO_FENCE };
  const delivery = writeToken(room.scope, lease, task.fingerprint);
  const told = { delivery, queue: room.queue, attempt: tries.attempt };
  const item = itemOf(redeemed, told, task.delivery);
  const run = new Run(item, timeLeft(task, room.settings), room.settings.runLimitMs);
  room.batch.add(run);
  const verdict = await run.verdict;
  hand.processing?.ran(verdict);
  const decision = room.decide(verdict, { task, lease, tries });
  return await unguarded.settle(task, tries, decision, hand.ack, run.over);
}

/** What the one who put it off wrote into its headers; the store, which counts, is away. */
function triesTold({ delivery: { headers }, firstSeen }: Task): Tries {
  return {
    attempt: Math.max(1, countIn(headers[HEADER.attempt])),
    throttles: countIn(headers[HEADER.throttled]),
    ageMs: Math.max(0, Date.now() - firstSeen),
  };
}

function countIn(header: unknown): number {
  const told = typeof header === 'number' || typeof header === 'string' ? Number(header) : 0;
  return Number.isSafeInteger(told) && told > 0 ? told : 0;
}
