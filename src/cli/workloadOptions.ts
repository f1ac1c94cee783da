import type { Command } from 'commander';

import { InputError } from '../contract/errors';
import { firstProblem } from '../contract/reference';
import { millisecondsIn } from '../contract/times';
import { workloadSchema, type Workload } from '../scaling/advice';
import { countOf, numberOf } from './numbers';

/** As a person says what is to be worked off. */
export interface WorkloadFlags {
  readonly arrivals: string;
  readonly run: string;
  readonly waiting?: string;
  readonly within?: string;
  readonly calls?: string;
  readonly call?: string;
  readonly input?: string;
  readonly output?: string;
  readonly reserved?: string;
  readonly slots?: string;
  readonly cpu?: string;
  readonly cores?: string;
}

export function withWorkloadFlags(command: Command): Command {
  return command
    .requiredOption('--arrivals <rate>', 'tasks that come, such as 4/s, 500/min, 1000/h, 10M/month')
    .requiredOption('--run <time>', 'how long a run takes on average, such as 20s')
    .option('--waiting <count>', 'tasks that wait already, such as 50000')
    .option('--within <time>', 'in which time those shall be gone, without a budget')
    .option('--calls <count>', 'LLM calls of a task', '1')
    .option('--call <time>', 'how long a call takes; else the run is nothing but calls')
    .option('--input <tokens>', 'input tokens of a task, all calls together')
    .option('--output <tokens>', 'output tokens of a task, all calls together')
    .option('--reserved <tokens>', 'output tokens that a call reserves; else as many as it uses')
    .option('--slots <count>', 'executions of one worker at once, its --concurrency', '10')
    .option('--cpu <seconds>', 'CPU that an execution takes', '0.1')
    .option('--cores <count>', 'cores of a worker', '1');
}

/** What a field of a workload is given by. */
const OPTIONS: Readonly<Record<keyof Workload, string>> = {
  ...{ arrivals: '--arrivals', waiting: '--waiting', drainSeconds: '--within' },
  ...{ runSeconds: '--run', calls: '--calls', callSeconds: '--call' },
  ...{ inputTokens: '--input', outputTokens: '--output', reservedTokens: '--reserved' },
  ...{ slots: '--slots', cpuSeconds: '--cpu', cores: '--cores' },
};

/** @throws InputError that names the option */
export function workloadOf(flags: WorkloadFlags): Workload {
  const read = workloadSchema.safeParse({
    arrivals: rateOf(flags.arrivals),
    waiting: countOf('--waiting', flags.waiting),
    drainSeconds: secondsOf('--within', flags.within),
    runSeconds: secondsOf('--run', flags.run),
    calls: numberOf('--calls', flags.calls),
    callSeconds: secondsOf('--call', flags.call),
    inputTokens: numberOf('--input', flags.input),
    outputTokens: numberOf('--output', flags.output),
    reservedTokens: numberOf('--reserved', flags.reserved),
    slots: countOf('--slots', flags.slots),
    cpuSeconds: numberOf('--cpu', flags.cpu),
    cores: numberOf('--cores', flags.cores),
  });
  if (read.success) return read.data;
  const { field, problem } = firstProblem(read.error);
  const option = OPTIONS[field as keyof Workload];
  throw new InputError(option, problem, 'Give a value inside its range.');
}

const SPANS: Readonly<Record<string, number>> = {
  ...{ s: 1, min: 60, h: 3600, day: 86_400 },
  month: 30 * 86_400,
};
const SIZES: Readonly<Record<string, number>> = { '': 1, k: 1000, M: 1_000_000 };

/** Tasks a second. */
function rateOf(given: string): number {
  const [, number = '', size = '', span = ''] =
    /^(\d+(?:\.\d+)?)([kM]?)\/(s|min|h|day|month)$/.exec(given) ?? [];
  if (number !== '') return (Number(number) * (SIZES[size] ?? 1)) / (SPANS[span] ?? 1);
  throw new InputError('--arrivals', `is no rate: ${given}`, 'Write it as 500/min or 10M/month.');
}

function secondsOf(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const read = millisecondsIn(given);
  if (read !== undefined) return read / 1000;
  throw new InputError(option, `is no time: ${given}`, 'Write it as 20s or 5m.');
}
