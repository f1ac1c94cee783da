import ms from 'ms';

import type { Advice, Workload } from '../scaling/advice';

/** One n8n main starts about so many executions a second (npm run bench -- host). */
const MAIN_PER_SECOND = 30;

/** For a person: what bounds the work, and what follows from it. */
export function tellAdvice(advice: Advice, { arrivals, waiting, slots }: Workload): string {
  const { bound, tasksPerSecond, inHand, workers, prefetch, load, drainSeconds } = advice;
  const lines = [
    bound
      ? `The budget feeds ${rate(tasksPerSecond)}; ${bound.limit} is reached first.`
      : `No budget bounds this. Laid out for ${rate(tasksPerSecond)}.`,
    `${rate(arrivals)} come: ${round(load * 100)} % of that.`,
    `In hand at full rate: ${round(inHand)} tasks (rate x run time).`,
    `Prefetch: ${prefetch}, of all consumers of the queue together.`,
    `Workers of ${slots} slots: ${workers.least} for what comes, ${workers.most} at most; more would only wait.`,
  ];
  if (load > 1) {
    lines.push(
      `Tasks pile up by ${round((arrivals - tasksPerSecond) * 3600)} an hour: raise the limits of the budget, or use fewer tokens a task.`,
    );
  }
  if (waiting > 0 && drainSeconds !== undefined) {
    lines.push(
      `${waiting} that wait are gone after ${ms(Math.round(drainSeconds) * 1000, { long: true })}.`,
    );
  }
  if (tasksPerSecond > MAIN_PER_SECOND) {
    lines.push(
      `One n8n main starts about ${MAIN_PER_SECOND} executions a second: use Batch Size for light workflows, or several n8n on one queue.`,
    );
  }
  return `${lines.join('\n')}\n`;
}

const rate = (tasks: number): string =>
  tasks >= 1 ? `${round(tasks)} tasks a second` : `${round(tasks * 60)} tasks a minute`;

/** Three digits are as good as the figures that were given. */
const round = (number: number): string =>
  number >= 100 ? String(Math.round(number)) : String(Number(number.toPrecision(3)));
