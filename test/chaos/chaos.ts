/**
 * Tasks flow through a real n8n (queue mode, two workers, PostgreSQL) while faults strike; then everything is looked up: what was
 * lost, what happened twice, and whether a fault explains it.
 *
 * Arguments: --tasks 400 --fault NAME (one alone; may be given more than once) --trigger own|builtin --short (faults that last are
 * as long as they must be, no longer) --worker-pack FOLDER (the workers load another version of the pack) --json (the last line alone)
 */
import { parseArgs } from 'node:util';

import { FAULT_NAMES, LONG, SHORT, type FaultName } from './faults';
import { runChaos } from './run';

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '400' },
    fault: { type: 'string', multiple: true, default: [...FAULT_NAMES] },
    trigger: { type: 'string', default: 'own' },
    short: { type: 'boolean', default: false },
    'worker-pack': { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

function refuse(problem: string): never {
  console.error(problem);
  process.exit(2);
}

async function main(): Promise<void> {
  const { tasks, fault, trigger, short, json } = values;
  const known = (name: string): name is FaultName => FAULT_NAMES.includes(name as FaultName);
  const faults = fault.filter(known);
  if (faults.length < fault.length) refuse(`--fault: one of ${FAULT_NAMES.join(', ')}`);
  if (trigger !== 'own' && trigger !== 'builtin') refuse('--trigger: own or builtin');
  const count = Number(tasks);
  if (!Number.isInteger(count) || count < 10 * faults.length) {
    refuse(`--tasks: at least ten for each fault, ${10 * faults.length}`);
  }
  const result = await runChaos({
    tasks: count,
    faults,
    spans: short ? SHORT : LONG,
    trigger,
    workerPack: values['worker-pack'],
    say: (text) => json || console.log(text),
  });
  console.log(JSON.stringify(result));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
