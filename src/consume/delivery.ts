import type { BudgetedCall } from '../budget/call';
import { isSwarmError } from '../contract/errors';
import type { Delivery } from '../contract/message';
import { ClosedError, patiently, pause } from '../contract/patience';
import {
  unreachable,
  type AdmitVerdict,
  type SettleVerdict,
  type Task,
} from '../contract/verdicts';
import type { GivingUp } from '../settle/policy';
import type { Owned } from '../settle/settlement';
import { decode } from './decode';
import type { Hand } from './hand';
import { Part } from './part';
import { redeem } from './redeem';
import type { Room } from './room';
import { CANCELED, stopped } from './stopped';
import {
  crashLoop,
  deadlineMissed,
  deadlinePassed,
  keyConflict,
  overBudget,
  payloadMissing,
} from './terms';
import { comeBack, endShare, holdLeft, ROUND_MS, turnOf } from './turn';
import { workUnguarded } from './unguarded';

/** What a delivery that was not admitted is let go of for. */
type NotAdmitted =
  /** Its task still belongs to another process. */
  | { readonly kind: 'held_too_long' }
  /** Nobody can say whose it is, and it shall run all the same. */
  | { readonly kind: 'store_away' };

type Admitted = Extract<AdmitVerdict, { kind: 'admitted' }>;

/** Longest pause before a held delivery asks again, ms; its owner may have finished meanwhile. */
const LONGEST_HOLD_MS = 2000;
/** How long a store that comes back soon is waited for before a task runs without it, ms. */
const STORE_WAIT_MS = 5000;

/**
 * The path of a delivery: decode, admit, redeem, run, settle. Each step answers with a closed verdict; only settle touches the
 * delivery.
 *
 * @throws ClosedError when the consumer or its channel ended before a run began: the broker has the delivery again
 */
export async function deliver(delivery: Delivery, hand: Hand, room: Room): Promise<SettleVerdict> {
  const { settlement } = room;
  const decoded = decode(delivery, performance.now(), Date.now());
  if (decoded.kind === 'unreadable') {
    const { reason, detail } = decoded;
    return await settlement.stateless(delivery, { reason, message: detail }, hand.ack);
  }
  const { task } = decoded;
  for (;;) {
    const admitted = await admit(task, hand, room);
    const settled = await follow(task, admitted, hand, room);
    // Overtaken: what the delivery is now, the task's state says.
    if (settled) return settled;
  }
}

async function follow(
  task: Task,
  admitted: Exclude<AdmitVerdict, { kind: 'busy' }> | NotAdmitted,
  hand: Hand,
  room: Room,
): Promise<SettleVerdict | undefined> {
  const { settlement } = room;
  const { ack } = hand;
  switch (admitted.kind) {
    case 'admitted':
      return await work(task, admitted, hand, room);
    case 'duplicate':
      return await settlement.dropped(task, admitted.state, ack);
    case 'said': {
      const { word } = admitted;
      const owned = { task, ...admitted };
      return await settlement.settle(owned, room.decide({ kind: 'word', word }, owned), ack);
    }
    case 'wait_over': {
      const owned = { task, ...admitted };
      return await settlement.settle(owned, room.decideWaitLimit(owned), ack);
    }
    case 'unsent':
      return await settlement.unsent(task, admitted.copy, ack);
    case 'unburied':
      return await settlement.unburied(task, admitted.burial, ack);
    case 'crash_loop': {
      const why = crashLoop(admitted.crashes);
      return await settlement.settle({ task, ...admitted }, { kind: 'dead', why }, ack);
    }
    case 'held_too_long':
      return await settlement.sendRound(task, ROUND_MS, ack);
    case 'store_away':
      return await workUnguarded(task, hand, room);
    case 'key_conflict':
      return await settlement.stateless(task.delivery, keyConflict(task, admitted.state), ack);
    default:
      return unreachable(admitted);
  }
}

/** The budget's turn, redeem, run, settle: under a lease that is renewed until the delivery is settled. */
async function work(
  task: Task,
  admitted: Admitted,
  hand: Hand,
  room: Room,
): Promise<SettleVerdict | undefined> {
  const { settlement } = room;
  const owned: Owned = { task, lease: admitted.lease, tries: admitted.tries };
  const part = new Part(owned, room);
  const giveUp = (why: GivingUp) => settlement.settle(owned, { kind: 'dead', why }, hand.ack);
  let share: BudgetedCall | undefined;
  try {
    if (deadlinePassed(task)) return await giveUp(deadlineMissed(task));
    if (await stopped(task, hand, room)) return await settlement.settle(owned, CANCELED, hand.ack);
    const turn = await turnOf(owned, hand, room);
    if (turn.kind === 'never') return await giveUp(overBudget(turn.message));
    if (turn.kind === 'not_yet') {
      part.leave();
      return await comeBack(owned, turn.ms, hand, room);
    }
    ({ share } = turn);
    if (deadlinePassed(task)) return await giveUp(deadlineMissed(task));
    if (share && (await stopped(task, hand, room))) {
      return await settlement.settle(owned, CANCELED, hand.ack);
    }
    const redeemed = await redeem(task, hand.signal, room);
    if (redeemed.kind === 'not_yet') {
      part.leave();
      return await comeBack(owned, redeemed.ms, hand, room);
    }
    if (redeemed.kind !== 'redeemed') return await giveUp(payloadMissing(redeemed));
    const run = part.enter(redeemed);
    const began = performance.now();
    if (share) void endShare(share, run, room);
    share = undefined;
    const verdict = await run.verdict;
    hand.processing?.ran(verdict);
    room.counting.ran(performance.now() - began);
    if (verdict.kind === 'run_limit') {
      void run.succeeded.then(() => settlement.doneLate(owned));
    }
    return await settlement.settle(owned, room.decide(verdict, owned), hand.ack, {
      // A renewal would write the lease again should the store lose its data while the run goes on.
      recorded: () => part.leave(),
      over: () => run.over,
    });
  } catch (error) {
    part.leave();
    if (error instanceof ClosedError) {
      await room.admission.release(admitted.lease).catch(() => undefined);
    }
    throw error;
  } finally {
    part.leave();
    void share?.notSent();
  }
}

async function admit(
  task: Task,
  hand: Hand,
  room: Room,
): Promise<Exclude<AdmitVerdict, { kind: 'busy' }> | NotAdmitted> {
  for (;;) {
    const verdict = await ask(task, hand, room);
    if (verdict.kind !== 'busy') {
      if (verdict.kind !== 'store_away') {
        hand.processing?.admitted(task, verdict);
        room.counting.admitted(task, verdict);
      }
      if (verdict.kind === 'admitted' && verdict.crashes > 0) {
        room.tell('taken_over', { key: task.key, crashes: verdict.crashes });
      }
      return verdict;
    }
    const { askAgainMs } = verdict;
    const left = holdLeft(task, room);
    room.tell('held', { key: task.key, askAgainMs });
    if (left <= 0) return { kind: 'held_too_long' };
    await pause(Math.min(askAgainMs + 10, left, LONGEST_HOLD_MS), hand.signal);
  }
}

async function ask(
  task: Task,
  { signal }: Hand,
  room: Room,
): Promise<AdmitVerdict | Extract<NotAdmitted, { kind: 'store_away' }>> {
  // The end of a child counts in the store alone.
  const impatient = room.settings.ifStoreAway === 'run' && !task.child;
  try {
    return await patiently(() => room.admission.admit(task), {
      signal,
      refused: 'wait',
      limitMs: impatient ? STORE_WAIT_MS : undefined,
      onAway: (error) => room.tell('away', { what: 'store', error: error.message }),
    });
  } catch (error) {
    if (impatient && isSwarmError(error)) return { kind: 'store_away' };
    throw error;
  }
}
