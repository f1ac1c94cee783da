import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { barChart, type Bar } from './barChart';

type Figures = Record<string, number>;

/** What `npm run figures` wrote of one bench. */
interface Measured<Result> {
  readonly date: string;
  readonly machine: string;
  readonly command: string;
  readonly result: Result & { readonly settings: Record<string, unknown> };
}

interface Results {
  host: { rates: Figures; ratios: Figures };
  engine: { rates: Figures; ratios: Figures };
  dispatch: { rates: Figures; ratios: Figures };
  webhook: { latencies: Record<string, { p50_ms: number; p99_ms: number }>; ratios: Figures };
  budget: Record<
    'rpm' | 'tpm_strict' | 'tpm_learned' | 'prefetch_only' | 'halved' | 'fair' | 'acquire',
    Record<string, unknown>
  >;
}

export type AllMeasured = { readonly [Bench in keyof Results]: Measured<Results[Bench]> };

interface Section {
  readonly title: string;
  readonly bench: keyof Results;
  readonly chart?: { readonly title: string; readonly bars: readonly Bar[] };
  readonly text: string;
}

const FOLDER = join(__dirname, '../../docs/figures');

export function readMeasured(): AllMeasured {
  const read = (bench: string) =>
    JSON.parse(readFileSync(join(FOLDER, `${bench}.json`), 'utf8')) as never;
  return {
    host: read('host'),
    engine: read('engine'),
    dispatch: read('dispatch'),
    webhook: read('webhook'),
    budget: read('budget'),
  };
}

const own = (label: string, value: number | undefined): Bar => ({
  label,
  value: value ?? NaN,
  own: true,
});
const other = (label: string, value: number | undefined): Bar => ({ label, value: value ?? NaN });

function sections(all: AllMeasured): Section[] {
  const { host, engine, dispatch, webhook, budget } = all;
  const p50 = (way: string) => webhook.result.latencies[way]?.p50_ms;
  const p99 = (way: string) => webhook.result.latencies[way]?.p99_ms;
  const figure = (scenario: keyof Results['budget'], name: string) => {
    const value = budget.result[scenario][name];
    return typeof value === 'number' ? value.toLocaleString('en') : JSON.stringify(value);
  };
  const share = (way: string) => {
    const { rejected_share } = budget.result.halved[way] as { rejected_share: number };
    return `${(rejected_share * 100).toFixed(1)} %`;
  };
  return [
    {
      title: 'Host: how fast one n8n works through references',
      bench: 'host',
      chart: {
        title: 'Messages a second, a No-Op workflow, one n8n',
        bars: [
          other('RabbitMQ Trigger', host.result.rates.builtin),
          own('Agent Swarm, one a run', host.result.rates.batch1),
          own('Batch Size 25', host.result.rates.batch25),
          own('Batch Size 100', host.result.rates.batch100),
        ],
      },
      text: 'With one task a run both triggers are as fast as n8n starts executions; a batch is one execution for many tasks. This pack dedupes through Redis in all three.',
    },
    {
      title: 'Engine: consuming, with dedupe, beside plain clients',
      bench: 'engine',
      chart: {
        title: 'Messages a second, one process, without n8n',
        bars: [
          own('Agent Swarm engine', engine.result.rates.engine),
          other('amqplib, consume and ack', engine.result.rates.amqplib),
          other('BullMQ worker', engine.result.rates.bullmq),
        ],
      },
      text: 'The engine takes a lease and records an end in Redis for each message, and its messages are in a quorum queue; amqplib alone does the latter, BullMQ, on Redis alone, the former.',
    },
    {
      title: 'Dispatch: 10,000 tasks in one execution',
      bench: 'dispatch',
      chart: {
        title: 'Tasks a second, confirmed',
        bars: [
          other('amqplib, pipelined', dispatch.result.rates.plain),
          own('the engine', dispatch.result.rates.engine),
          own('the node', dispatch.result.rates.node),
          own('the node, computed Ref', dispatch.result.rates.computed),
        ],
      },
      text: "With an expression that n8n has to compute for each item, most of the time is n8n's expression engine.",
    },
    {
      title: 'Webhook: how long a caller waits for 202',
      bench: 'webhook',
      chart: {
        title: 'Median of the latency in ms, 20 requests a second',
        bars: [
          other('Webhook alone', p50('empty')),
          own('and Dispatch, confirmed', p50('dispatch')),
          own('and Refuse Above', p50('bounded')),
          other('and RabbitMQ, not confirmed', p50('builtin')),
        ],
      },
      text: `The 99th percentile: alone ${p99('empty')}, Dispatch ${p99('dispatch')}, with Refuse Above ${p99('bounded')}, RabbitMQ ${p99('builtin')} ms. n8n's RabbitMQ node opens a connection for each execution and is near what one n8n can do at this rate, so that medians vary from run to run: in other runs its median was between 116 and 555 ms, Dispatch's between 19 and 91.`,
    },
    {
      title: 'Budget: how much of a limit is used, and how much is refused',
      bench: 'budget',
      text: [
        '| scenario | share of the limit used | calls refused by the provider |',
        '| --- | --- | --- |',
        `| requests a minute | ${figure('rpm', 'utilisation')} | ${figure('rpm', 'rejected')} |`,
        `| tokens a minute, reserved strictly | ${figure('tpm_strict', 'utilisation')} | ${figure('tpm_strict', 'rejected')} |`,
        `| tokens a minute, learned | ${figure('tpm_learned', 'utilisation')} | ${figure('tpm_learned', 'rejected')} |`,
        `| prefetch alone, no budget | | ${figure('prefetch_only', 'rejected')} of ${figure('prefetch_only', 'calls')} calls |`,
        '',
        `Learned reservations may go over for a minute: at most ${figure('tpm_learned', 'most_in_60_s')} tokens of 90,000 in this run. After a limit was halved without a word, ${share('with_retry_after')} of the calls were refused with Retry-After, ${share('without')} without.`,
        '',
        `Taking from a budget costs p50 ${figure('acquire', 'p50_ms')} and p99 ${figure('acquire', 'p99_ms')} ms. A large and a small tenant in lanes share by Jain's index ${figure('fair', 'jain')}, and the small one waits ${figure('fair', 'small_tenant_p95_ratio')} times as long as alone (p95). [How it works](rate-control.md).`,
      ].join('\n'),
    },
  ];
}

const settingsOf = (settings: Record<string, unknown>): string =>
  Object.entries(settings)
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => `${name.replaceAll('_', ' ')} ${String(value)}`)
    .join(', ');

/** Files of docs by their path in it: the page and its charts. */
export function renderBenchmarks(all = readMeasured()): Map<string, string> {
  const files = new Map<string, string>();
  const parts = sections(all).map(({ title, bench, chart, text }) => {
    const { date, machine, command, result } = all[bench];
    const lines = [
      `## ${title}`,
      '',
      `\`${command}\`, ${date}, ${machine}. ${settingsOf(result.settings)}.`,
      '',
    ];
    if (chart) {
      files.set(`images/bench-${bench}.svg`, barChart(chart.title, chart.bars));
      lines.push(`![${chart.title}](images/bench-${bench}.svg)`, '');
    }
    return [...lines, text, ''].join('\n');
  });
  const head = [
    '# Benchmarks',
    '',
    'Each by its command on a machine with nothing else to do; ways that are compared took turns in one run, medians are given. Machines differ:',
    'look at the ratios, and measure on yours. `npm run figures` measures all of it, `npm run docs` draws this page from',
    '[what was printed](figures).',
    '',
  ].join('\n');
  files.set('benchmarks.md', [head, ...parts].join('\n'));
  return files;
}
