import type { Seen } from '../../support/llmCalls';
import { rounded, type Figures } from './figures';
import type { Backlog } from './scenario';

/**
 * How the last tenant fares: what 95 of 100 of its tasks wait for their call at most, from when all was published. And Jain's index of
 * the tokens of all tenants while all of them have work, (sum x)^2 / (n sum x^2): 1 when each has the same, 1/n when one has all.
 */
export function fairness(
  tenants: readonly Backlog[],
  seen: readonly Seen[],
  publishedAt: number,
): Figures {
  const callsOf = ({ tenant }: Backlog) =>
    seen.filter(({ task, rejected }) => !rejected && task?.includes(`-${tenant}-`));
  const last = tenants.at(-1) as Backlog;
  const measured = callsOf(last);
  if (measured.length < last.tasks) throw new Error(`${last.tenant} is not through`);
  const waits = measured.map(({ arrived }) => arrived - publishedAt).sort((a, b) => a - b);
  const p95 = waits[Math.ceil(waits.length * 0.95) - 1] as number;
  const until = Math.max(...measured.map(({ arrived }) => arrived));
  const tokens = tenants.map((one) =>
    callsOf(one)
      .filter(({ arrived }) => arrived >= publishedAt && arrived <= until)
      .reduce((sum, call) => sum + call.tokens, 0),
  );
  const sum = tokens.reduce((all, one) => all + one, 0);
  const squares = tokens.reduce((all, one) => all + one ** 2, 0);
  return {
    jain: rounded(sum ** 2 / (tokens.length * squares)),
    p95_wait_ms: p95,
    rejected: seen.filter(({ rejected }) => rejected).length,
  };
}
