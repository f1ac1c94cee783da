import { startProvider, type Call } from '../../support/provider';
import type { Seen } from '../../support/llmCalls';
import { usageOf } from './answers';
import { serve } from '../forked/forked';
import type { Scenario } from './scenario';

/** What the stand-in is asked: where it is, or what it saw. */
export type StandInAsk = 'url' | 'seen';

export interface StandInAnswer {
  readonly url: string;
  readonly seen?: readonly Seen[];
  /** When it halved its limit, ms since 1970. */
  readonly halvedAt?: number;
}

const TOKENS_PER_SECOND = 50;
const LONGEST_MS = 3_600_000;

/** The provider of one scenario; who calls it does not know how long an answer will be. */
async function standIn(scenario: Scenario) {
  const { provider: limits, halvesAfterMs, answers } = scenario;
  const provider = await startProvider({
    ...limits,
    rateHeaders: limits.retryAfter === 'none' ? 'none' : 'openai',
    countAt: 'answer',
    tokensPerSecond: TOKENS_PER_SECOND,
    answer: () => 'answered',
    usage: ({ taskId }) => usageOf(answers, taskId ?? ''),
  });
  let halvedAt: number | undefined;
  const { requestsPerMinute } = limits;
  if (halvesAfterMs !== undefined && requestsPerMinute !== undefined) {
    void provider
      .waitFor((calls) => calls.length > 0, LONGEST_MS)
      .then(() => {
        setTimeout(() => {
          provider.configure({ requestsPerMinute: requestsPerMinute / 2 });
          halvedAt = Date.now();
        }, halvesAfterMs);
      });
  }
  return (ask: StandInAsk): Promise<StandInAnswer> => {
    const { url } = provider;
    if (ask === 'url') return Promise.resolve({ url });
    return Promise.resolve({ url, seen: provider.calls.map(seen), halvedAt });
  };
}

/** It counts a call when it lets it in, which is after it has read it. Of one that still runs the end is not known. */
function seen({ at, admittedAt, endedAt, status, inputTokens, outputTokens, taskId }: Call): Seen {
  return {
    task: taskId,
    arrived: admittedAt ?? at,
    ended: endedAt ?? Infinity,
    tokens: inputTokens + outputTokens,
    rejected: status === 429,
  };
}

void serve(standIn);
