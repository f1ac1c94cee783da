import { budgetSchema } from '../../../src/contract/budget';
import { boundsOf, workloadSchema } from '../../../src/scaling/advice';
import { runTraffic, SlidingProvider } from '../../integration/budget/traffic';
import type { SimulatedTime } from '../../integration/budget/simulated';
import { quantile } from '../../support/quantile';
import { usageOf } from '../budget/answers';
import { figuresOf, rounded, type Figures } from '../budget/figures';
import { MINUTE_MS, type Gate, type Scenario } from '../budget/scenario';

/** Tokens a second, as the stand-in of the budget bench answers. */
const TOKEN_MS = 20;
const PROCESSES = 5;

export interface Simulated {
  readonly callers: number;
  /** As the budget bench counts it. */
  readonly figures: Figures;
  /** By the formula of scale-advice, from the means of what was drawn. */
  readonly formula: number;
}

/**
 * A scenario of the budget bench in simulated time: the real scripts on a real Redis, callers that each have another call to make, and a
 * provider with an exact sliding minute.
 */
export async function simulate(
  time: SimulatedTime,
  scenario: Scenario & { readonly gate: Gate },
  callers: number,
): Promise<Simulated> {
  const { answers, gate, provider: limits, lastsMs } = scenario;
  const budget = `${scenario.name}.${callers}`;
  const processes = Array.from({ length: PROCESSES }, () => time.budgets());
  await processes[0]?.create(budget, gate.limits, { ifThere: 'update', isNew: true });
  const provider = new SlidingProvider({
    ...(limits.requestsPerMinute !== undefined && { requests: limits.requestsPerMinute }),
    ...(limits.tokensPerMinute !== undefined && { tokens: limits.tokensPerMinute }),
  });
  let drawn = 0;
  await runTraffic(time, provider, processes, budget, {
    callers,
    forMs: lastsMs,
    ask: (id) => ({
      id,
      input: answers.input,
      output: answers.cap,
      reserve: gate.reserve,
      learn: 'one',
    }),
    length: () => {
      const { input, output } = usageOf(answers, String((drawn += 1)));
      return { input, output, takesMs: output * TOKEN_MS };
    },
  });
  return {
    callers,
    figures: figuresOf(scenario, { seen: provider.seen }),
    formula: rounded(utilisationBy(scenario)),
  };
}

/** Share of the limit that is used, by what `boundsOf` says of the workload. */
function utilisationBy({ answers, gate, provider }: Scenario & { readonly gate: Gate }): number {
  const outputs = Array.from({ length: 2000 }, (_, task) => usageOf(answers, String(task)).output);
  const output = outputs.reduce((sum, one) => sum + one, 0) / outputs.length;
  const workload = workloadSchema.parse({
    ...{ arrivals: 0, runSeconds: (output * TOKEN_MS) / 1000 },
    ...{ inputTokens: answers.input, outputTokens: output },
    reservedTokens: gate.reserve === 'learned' ? quantile(outputs, 0.9) : answers.cap,
  });
  const [bound] = boundsOf(workload, budgetSchema.parse(gate.limits));
  const tasks = (bound?.tasksPerSecond ?? 0) * (MINUTE_MS / 1000);
  return provider.requestsPerMinute === undefined
    ? (tasks * (answers.input + output)) / (provider.tokensPerMinute ?? 1)
    : tasks / provider.requestsPerMinute;
}
