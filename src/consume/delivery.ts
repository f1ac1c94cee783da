import type { Ack, Delivery } from '../contract/message';
import { ClosedError, patiently, pause } from '../contract/patience';
import {
  unreachable,
  type AdmitVerdict,
  type RedeemVerdict,
  type RunVerdict,
  type SettleVerdict,
  type Task,
} from '../contract/verdicts';
import { Run } from '../run/run';
import type { GivingUp } from '../settle/settlement';
import { writeToken } from '../word/token';
import { decode } from './decode';
import { itemOf } from './item';
import { redeemClaims } from './redeem';
import type { Room } from './room';

/** The channel on which a delivery came. `signal` aborts when the channel ends or the consumer closes. */
export interface Hand {
  readonly ack: Ack;
  readonly signal: AbortSignal;
}

type Admitted = Extract<AdmitVerdict, { kind: 'admitted' }>;

/**
 * What a run is given at least, ms, when its delivery was held for long: within the margin that the consumer timeout leaves
 * beyond the run limit.
 */
const LATE_START_MS = 4 * 60_000;
/** Longest pause before a held delivery asks again, ms; its owner may have finished meanwhile. */
const LONGEST_HOLD_MS = 2000;

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
  const admitted = await admit(task, hand, room);
  switch (admitted.kind) {
    case 'admitted':
      return await work(task, admitted, hand, room);
    case 'duplicate':
      return settlement.dropped(task, admitted.state, hand.ack);
    case 'completed':
      return await settlement.done(task, admitted.lease, hand.ack);
    case 'unburied':
      return await settlement.unburied(task, admitted.burial, hand.ack);
    case 'crash_loop':
      return await settlement.dead(task, admitted.lease, crashLoop(admitted.crashes), hand.ack);
    case 'key_conflict':
      return await settlement.stateless(delivery, keyConflict(task, admitted.state), hand.ack);
    default:
      return unreachable(admitted);
  }
}

/** Redeem, run, settle: under a lease that is renewed until the delivery is settled. */
async function work(
  task: Task,
  admitted: Admitted,
  hand: Hand,
  room: Room,
): Promise<SettleVerdict> {
  const { settlement } = room;
  const { lease, attempt } = admitted;
  const part = new Part(task, admitted, room);
  try {
    if (deadlinePassed(task)) {
      return await settlement.dead(task, lease, deadlineMissed(task), hand.ack);
    }
    const redeemed = await redeem(task, hand, room);
    if (redeemed.kind === 'missing') {
      return await settlement.dead(task, lease, payloadMissing(redeemed.claim), hand.ack);
    }
    const run = part.enter(redeemed);
    const verdict = await run.verdict;
    if (verdict.kind === 'run_limit') {
      void run.succeeded.then(() => settlement.doneLate(task, lease));
    }
    const failure = failureOf(verdict);
    return failure
      ? await settlement.dead(task, lease, { ...failure, attempt }, hand.ack)
      : await settlement.done(task, lease, hand.ack, run.over);
  } catch (error) {
    part.leave();
    if (error instanceof ClosedError) await room.admission.release(lease).catch(() => undefined);
    throw error;
  } finally {
    part.leave();
  }
}

/** A delivery's part in a run, with its lease kept until it is settled. */
class Part {
  private run: Run | undefined;
  private completedEarly = false;
  readonly leave: () => void;

  constructor(
    private readonly task: Task,
    private readonly admitted: Admitted,
    private readonly room: Room,
  ) {
    const { lease } = admitted;
    this.leave = room.leases.keep(task, lease, {
      hear: (word) => {
        if (this.run) this.run.hear(word);
        else this.completedEarly = true;
      },
      lost: () => room.tell('lease_lost', lease),
    });
  }

  enter(redeemed: Extract<RedeemVerdict, { kind: 'redeemed' }>): Run {
    const { room, task } = this;
    const { lease, attempt } = this.admitted;
    const { runLimitMs } = room.settings;
    const left = runLimitMs - (performance.now() - task.arrivedAt);
    const delivery = writeToken(room.scope, lease, task.fingerprint);
    const item = itemOf(redeemed, { delivery, queue: room.queue, attempt });
    const run = new Run(item, Math.max(left, Math.min(runLimitMs, LATE_START_MS)), runLimitMs);
    this.run = run;
    if (this.completedEarly) {
      run.hear({ kind: 'complete' });
      run.free();
    } else {
      room.batch.add(run);
    }
    return run;
  }
}

async function admit(
  task: Task,
  hand: Hand,
  room: Room,
): Promise<Exclude<AdmitVerdict, { kind: 'busy' }>> {
  for (;;) {
    const verdict = await patiently(() => room.admission.admit(task), {
      signal: hand.signal,
      refused: 'wait',
      onAway: (error) => room.tell('away', { what: 'store', error: error.message }),
    });
    if (verdict.kind !== 'busy') {
      if (verdict.kind === 'admitted' && verdict.crashes > 0) {
        room.tell('taken_over', { key: task.key, crashes: verdict.crashes });
      }
      return verdict;
    }
    room.tell('held', { key: task.key, askAgainMs: verdict.askAgainMs });
    await pause(Math.min(verdict.askAgainMs + 10, LONGEST_HOLD_MS), hand.signal);
  }
}

async function redeem(task: Task, hand: Hand, room: Room): Promise<RedeemVerdict> {
  return await patiently(() => redeemClaims(room.store, task), {
    signal: hand.signal,
    refused: 'wait',
    onAway: (error) => room.tell('away', { what: 'store', error: error.message }),
  });
}

function failureOf(verdict: RunVerdict): GivingUp | undefined {
  switch (verdict.kind) {
    case 'word':
      return undefined;
    case 'run_limit':
      return {
        reason: 'run_limit',
        message: `the run gave no end and no word within ${verdict.afterMs / 1000} s of the delivery`,
      };
    case 'ended':
      if (verdict.end.kind === 'succeeded') return undefined;
      return {
        reason: verdict.end.kind === 'stopped' ? 'run_stopped' : 'run_failed',
        message: verdict.end.error.message,
        error: verdict.end.error,
      };
    default:
      return unreachable(verdict);
  }
}

function deadlinePassed(task: Task): boolean {
  const { deadline } = task.reference;
  return deadline != null && Date.parse(deadline) <= Date.now();
}

function deadlineMissed(task: Task): GivingUp {
  return {
    reason: 'deadline_passed',
    message: `the deadline ${String(task.reference.deadline)} passed before a run began`,
  };
}

function payloadMissing(claim: string): GivingUp {
  return {
    reason: 'payload_missing',
    message: `nothing is stored under ${claim}: its time to live ran out, it was deleted, or the store lost it`,
  };
}

function crashLoop(crashes: number): GivingUp {
  return {
    reason: 'crash_loop',
    message: `the process that worked on the task vanished ${crashes} times`,
  };
}

function keyConflict(task: Task, state: string): GivingUp {
  return {
    reason: 'key_conflict',
    message: `the key "${task.key}" belongs to other work, which is ${state}: give this task another task_id or idempotency key`,
  };
}
