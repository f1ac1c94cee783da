import { longTailed } from '../../support/llmCalls';
import { seededChance } from '../../support/provider/chance';

/** How long the answers are, in tokens: log-normal around the median, never above the cap. */
export interface Answers {
  readonly input: number;
  readonly median: number;
  readonly sigma: number;
  readonly cap: number;
}

/** Median of what `longTailed` draws. */
const DRAWN_MEDIAN = 300;
const SEED = 7;

/** What a task's call uses, the same for every run of the bench. */
export function usageOf(answers: Answers, task: string): { input: number; output: number } {
  const seeded = seededChance(SEED);
  let drawn = 0;
  const { output } = longTailed(() => seeded(task, drawn++), answers.sigma);
  const scaled = Math.round((output / DRAWN_MEDIAN) * answers.median);
  return { input: answers.input, output: Math.min(answers.cap, Math.max(1, scaled)) };
}
