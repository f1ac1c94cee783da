import type { ITriggerFunctions } from 'n8n-workflow';

import { consumerSchema, InputError, readSettings, type ConsumerSettings } from '../../src/index';
import { inFormWords, type Labels } from '../shared/formWords';

/** The form as n8n stores it: options hold only what a person added. */
interface Options {
  readonly batchSize?: number;
  readonly batchWaitMs?: number;
  readonly exchange?: string;
  readonly exchangeType?: string;
  readonly routingKeys?: string;
  readonly bindingHeaders?: string | object;
  readonly drainSeconds?: number;
  readonly maxCrashes?: number;
  readonly deadExchange?: string;
  readonly deadQueue?: string;
  readonly leaseSeconds?: number;
  readonly rememberHours?: number;
  readonly runLimitMinutes?: number;
  readonly topology?: string;
  readonly testWith?: 'message' | 'json';
  readonly testJson?: string | object;
}

export type TestWith =
  { readonly kind: 'message' } | { readonly kind: 'json'; readonly json: unknown };

const LABELS: Labels = {
  'topology.queue': 'Queue',
  'topology.mode': 'Topology',
  'topology.exchange.name': 'Bind to Exchange',
  'topology.exchange.type': 'Exchange Type',
  'topology.exchange.bindings': 'Routing Keys',
  'topology.deadExchange': 'Dead-Letter Exchange',
  'topology.deadQueue': 'Dead-Letter Queue',
  prefetch: 'Prefetch',
  batchSize: 'Batch Size',
  batchWaitMs: 'Batch Wait (Ms)',
  leaseMs: 'Lease (Seconds)',
  runLimitMs: 'Run Limit (Minutes)',
  maxCrashes: 'Crashes Allowed',
  rememberMs: 'Remember Tasks (Hours)',
  drainMs: 'Closing Time (Seconds)',
};

/**
 * Form -> engine settings. Every parameter is read here and now, inside `trigger()`: n8n restarts a trigger only when its own
 * node changed.
 *
 * @throws InputError naming the field as the form shows it
 */
export function readConsumerSettings(context: ITriggerFunctions): ConsumerSettings {
  const options = readOptions(context);
  const queue = (context.getNodeParameter('queue', '') as string).trim();
  if (queue === '') {
    throw new InputError('Queue', 'is empty', 'Name the queue that holds the task references.');
  }
  return inFormWords(LABELS, () =>
    readSettings(consumerSchema, {
      topology: {
        queue,
        mode: options.topology,
        exchange: exchangeOf(options),
        deadExchange: options.deadExchange?.trim() || undefined,
        deadQueue: options.deadQueue?.trim(),
      },
      prefetch: context.getNodeParameter('prefetch', undefined),
      batchSize: options.batchSize,
      batchWaitMs: options.batchWaitMs,
      leaseMs: times(options.leaseSeconds, 1000),
      runLimitMs: times(options.runLimitMinutes, 60_000),
      maxCrashes: options.maxCrashes,
      rememberMs: times(options.rememberHours, 3_600_000),
      drainMs: times(options.drainSeconds, 1000),
    }),
  );
}

export function readTestWith(context: ITriggerFunctions): TestWith {
  const { testWith = 'message', testJson } = readOptions(context);
  if (testWith === 'message') return { kind: 'message' };
  return { kind: 'json', json: parse('Test JSON', testJson) };
}

function readOptions(context: ITriggerFunctions): Options {
  return context.getNodeParameter('options', {}) as Options;
}

function exchangeOf(options: Options): unknown {
  const name = options.exchange?.trim();
  if (!name) return undefined;
  const headers = parse('Binding Headers', options.bindingHeaders ?? {});
  const keys = (options.routingKeys ?? '#').split(',').map((key) => key.trim());
  return {
    name,
    type: options.exchangeType,
    bindings: keys.map((routingKey) => ({ routingKey, headers })),
  };
}

function parse(field: string, given: unknown): unknown {
  if (typeof given !== 'string') return given;
  try {
    return JSON.parse(given) as unknown;
  } catch {
    throw new InputError(field, 'is not JSON', 'Write an object, such as {"kind": "invoice"}.');
  }
}

function times(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : Math.round(value * factor);
}
