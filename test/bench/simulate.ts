/**
 * Does the formula of scale-advice, and does a simulation, say what the budget bench measures? Scenarios of that bench in simulated time: the
 * real scripts on a real Redis, as many callers as the bench has, and 1,000; and the promise, exactly counted: the most in any 60 s.
 *
 * `off` is how far the simulation with the callers of the bench is from what docs/figures/budget.json says was measured. Exit code 1 when
 * that is more than a tenth, or a limit was exceeded.
 *
 * Arguments: --minutes 5 --callers 1000 --json (the last line alone)
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { startRedis } from '../support/redis';
import { SimulatedTime } from '../integration/budget/simulated';
import { rounded, type Figures } from './budget/figures';
import { CONSUMERS, scenarios, type Gate, type Scenario } from './budget/scenario';
import { simulate } from './simulate/simulate';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    callers: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});
const MINUTES = Number(options.minutes);
const MANY = Number(options.callers);
const MOST_OFF = 0.1;
const NAMES = ['rpm', 'tpm_strict', 'tpm_learned'];

const FILE = join(__dirname, '../../docs/figures/budget.json');
const measured = (JSON.parse(readFileSync(FILE, 'utf8')) as { result: Record<string, Figures> })
  .result;

const hasGate = (one: Scenario): one is Scenario & { readonly gate: Gate } =>
  one.gate !== undefined && NAMES.includes(one.name);

async function main(): Promise<void> {
  const redis = await startRedis();
  const time = await SimulatedTime.open({ kind: 'standalone', host: redis.host, port: redis.port });
  try {
    const rows: Record<string, Record<string, number | undefined>> = {};
    for (const scenario of scenarios(MINUTES).filter(hasGate)) {
      const few = await simulate(time, scenario, CONSUMERS * scenario.prefetch);
      const many = await simulate(time, scenario, MANY);
      const was = measured[scenario.name]?.utilisation ?? 0;
      rows[scenario.name] = {
        measured: was,
        formula: few.formula,
        simulated: few.figures.utilisation,
        off: rounded((few.figures.utilisation ?? 0) / was - 1),
        simulated_many: many.figures.utilisation,
        most_in_60_s: Math.max(few.figures.most_in_60_s ?? 0, many.figures.most_in_60_s ?? 0),
        limit: scenario.provider.requestsPerMinute ?? scenario.provider.tokensPerMinute,
        rejected: (few.figures.rejected ?? 0) + (many.figures.rejected ?? 0),
      };
    }
    const settings = {
      ...{ minutes: MINUTES, callers: MANY, redis: await redis.version() },
      ...{ node: process.version, cpus: availableParallelism() },
    };
    if (!options.json) console.table(rows);
    console.log(JSON.stringify({ bench: 'simulate', settings, ...rows }));
    const isOff = Object.values(rows).some(({ off = 1 }) => Math.abs(off) > MOST_OFF);
    // What is learned may be wrong, and is then charged as debt; what is strict never is.
    const { tpm_learned: _learned, ...kept } = rows;
    const isOver = Object.values(kept).some(
      ({ most_in_60_s: most = 0, limit = 0 }) => most > limit,
    );
    process.exitCode = isOff || isOver ? 1 : 0;
  } finally {
    await time.close();
    await redis.stop();
  }
}

void main();
