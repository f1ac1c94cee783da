import { Command, Option } from 'commander';
import { stringify } from 'yaml';

import { InputError } from '../contract/errors';
import { advise } from '../scaling/advice';
import { kedaManifests } from '../scaling/keda';
import { jsonText } from './json';
import { countOf } from './numbers';
import { storeSettings, withStoreFlags, type StoreFlags } from './storeOptions';
import { tellAdvice } from './tellAdvice';
import type { Terminal } from './terminal';
import { standingLimits } from './budgetLimits';
import { withWorkloadFlags, workloadOf, type WorkloadFlags } from './workloadOptions';

interface Flags extends StoreFlags, WorkloadFlags {
  readonly budget?: string;
  readonly format: 'text' | 'json' | 'keda';
  readonly queue?: string;
  readonly vhost: string;
  readonly deployment: string;
  readonly namespace: string;
  readonly secret: string;
  readonly bullPrefix: string;
  readonly bullDatabase: string;
  readonly bullTls?: boolean;
}

/** `agent-swarm scale-advice`: workers and prefetch for a budget, a run time and arrivals. */
export function scaleAdviceCommand(terminal: Terminal): Command {
  const command = new Command('scale-advice')
    .description(
      'Says how many workers and how much prefetch a budget can feed, and when what waits is gone. Changes nothing.',
    )
    .option('--budget <name>', 'budget in Redis whose limits hold; without it only arrivals count')
    .addOption(
      new Option('--format <format>', 'keda: manifests for KEDA')
        .choices(['text', 'json', 'keda'])
        .default('text'),
    )
    .option('--queue <queue>', 'for keda: the queue of the tasks')
    .option('--vhost <vhost>', 'for keda: its virtual host', '/')
    .option('--deployment <name>', "for keda: Deployment of n8n's workers", 'n8n-worker')
    .option('--namespace <name>', 'for keda: its namespace', 'n8n')
    .option('--secret <name>', 'for keda: Secret with the addresses', 'n8n-worker-scaling')
    .option('--bull-prefix <prefix>', "for keda: n8n's QUEUE_BULL_PREFIX", 'bull')
    .option('--bull-database <number>', "for keda: n8n's QUEUE_BULL_REDIS_DB", '0')
    .option('--bull-tls', "for keda: n8n's QUEUE_BULL_REDIS_TLS is on");
  return withStoreFlags(withWorkloadFlags(command)).action(async (flags: Flags) => {
    const workload = workloadOf(flags);
    const limits =
      flags.budget === undefined
        ? undefined
        : await standingLimits(storeSettings(flags, terminal.env), flags.budget);
    const advice = advise(workload, limits);
    if (flags.format === 'json') terminal.out(`${jsonText({ workload, limits, ...advice })}\n`);
    else if (flags.format === 'text') terminal.out(tellAdvice(advice, workload));
    else {
      const { queue, ...target } = flags;
      if (queue === undefined) {
        throw new InputError('--queue', 'is missing', 'Name the queue of the tasks.');
      }
      const manifests = kedaManifests(advice, {
        ...{ ...target, queue, slots: workload.slots },
        bullDatabase: countOf('--bull-database', flags.bullDatabase) ?? 0,
        bullTls: flags.bullTls === true,
      });
      terminal.out(manifests.map((one) => stringify(one, { singleQuote: true })).join('---\n'));
    }
  });
}
