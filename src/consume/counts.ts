import type { ConsumerCounts } from '../contract/events';
import { unreachable, type SettleVerdict } from '../contract/verdicts';

export function noCounts(): ConsumerCounts {
  return {
    delivered: 0,
    runs: 0,
    done: 0,
    duplicates: 0,
    dead: {},
    overtaken: 0,
    retried: 0,
    throttled: 0,
    parked: 0,
    sentRound: 0,
    canceled: 0,
  };
}

export function count(counts: ConsumerCounts, verdict: SettleVerdict): void {
  switch (verdict.kind) {
    case 'done':
      counts.done += 1;
      return;
    case 'dropped':
      counts.duplicates += 1;
      return;
    case 'dead':
      counts.dead[verdict.reason] = (counts.dead[verdict.reason] ?? 0) + 1;
      return;
    case 'retried':
      counts[verdict.counts ? 'retried' : 'throttled'] += 1;
      return;
    case 'parked':
    case 'canceled':
    case 'overtaken':
      counts[verdict.kind] += 1;
      return;
    case 'sent_round':
      counts.sentRound += 1;
      return;
    default:
      unreachable(verdict);
  }
}
