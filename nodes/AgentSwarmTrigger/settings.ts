import type { ITriggerFunctions } from 'n8n-workflow';

import {
  consumerSchema,
  InputError,
  readSettings,
  type ConsumerSettings,
  type PayloadPlaces,
} from '../../src/index';
import { DAY_MS, HOUR_MS, listIn, times } from '../shared/amounts';
import { readBudgetName, readLimits } from '../shared/budgetForm';
import { inFormWords } from '../shared/formWords';
import { readPayloadPlaces } from '../shared/payloadStores';
import { readQueueName } from '../shared/queueForm';
import { EXAMPLE_JSON } from './defaults';
import { LABELS } from './labels';

interface BudgetForm {
  readonly budget?: unknown;
  readonly use?: string;
  readonly requests?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly limitsIfNew?: object;
  readonly autoPrefetch?: boolean;
}

/** The form as n8n stores it: options hold only what a person added. */
interface Options {
  readonly attempts?: number;
  readonly budget?: { readonly chosen?: BudgetForm };
  readonly batchSize?: number;
  readonly batchWaitMs?: number;
  readonly exchange?: string;
  readonly exchangeType?: string;
  readonly routingKeys?: string;
  readonly bindingHeaders?: string | object;
  readonly brokerTimeoutMinutes?: number;
  readonly delayFactor?: number;
  readonly drainSeconds?: number;
  readonly firstDelaySeconds?: number;
  readonly giveUpOn?: string | number;
  readonly holdSeconds?: number;
  readonly ifStoreAway?: string;
  readonly longestDelayMinutes?: number;
  readonly maxCrashes?: number;
  readonly deadExchange?: string;
  readonly deadQueue?: string;
  readonly deadPayloadDays?: number;
  readonly payloadStore?: unknown;
  readonly lanes?: number;
  readonly priorities?: boolean;
  readonly leaseSeconds?: number;
  readonly rememberHours?: number;
  readonly runLimitMinutes?: number;
  readonly throttledHours?: number;
  readonly throttles?: number;
  readonly topology?: string;
  readonly waitLimitHours?: number;
  readonly weights?: string | object;
  readonly testWith?: 'message' | 'json';
  readonly testJson?: string | object;
}

export type TestWith =
  { readonly kind: 'message' } | { readonly kind: 'json'; readonly json: unknown };

/**
 * Form -> engine settings. Every parameter is read here and now, inside `trigger()`: n8n restarts a trigger only when its own
 * node changed.
 *
 * @throws InputError naming the field as the form shows it
 */
export function readConsumerSettings(context: ITriggerFunctions): ConsumerSettings {
  const options = readOptions(context);
  const queue = readQueueName(context.getNodeParameter('queue', ''));
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
      brokerTimeoutMs: times(options.brokerTimeoutMinutes, 60_000),
      maxCrashes: options.maxCrashes,
      rememberMs: times(options.rememberHours, HOUR_MS),
      deadPayloadMs: times(options.deadPayloadDays, DAY_MS),
      drainMs: times(options.drainSeconds, 1000),
      retry: {
        ifRunFails: context.getNodeParameter('ifRunFails', undefined),
        attempts: options.attempts,
        baseMs: times(options.firstDelaySeconds, 1000),
        factor: options.delayFactor,
        capMs: times(options.longestDelayMinutes, 60_000),
        giveUpOn: statuses(options.giveUpOn),
        throttles: options.throttles,
        throttledMs: times(options.throttledHours, HOUR_MS),
      },
      waitLimitMs: times(options.waitLimitHours, HOUR_MS),
      holdMs: times(options.holdSeconds, 1000),
      ifStoreAway: options.ifStoreAway,
      budget: budgetOf(options),
      autoPrefetch: options.budget?.chosen?.autoPrefetch,
      lanes: options.lanes,
      priorities: options.priorities,
      weights: weightsOf(options),
    }),
  );
}

/** @throws InputError naming the field */
export async function readPlaces(context: ITriggerFunctions): Promise<PayloadPlaces> {
  return await readPayloadPlaces(context, readOptions(context).payloadStore);
}

export function readTestWith(context: ITriggerFunctions): TestWith {
  const { testJson, testWith = testJson === undefined ? 'message' : 'json' } = readOptions(context);
  if (testWith === 'message') return { kind: 'message' };
  return { kind: 'json', json: parse('Test JSON', testJson ?? EXAMPLE_JSON) };
}

function readOptions(context: ITriggerFunctions): Options {
  return context.getNodeParameter('options', {}) as Options;
}

function budgetOf({ budget }: Options): unknown {
  const { chosen } = budget ?? {};
  if (!chosen) return undefined;
  return {
    name: readBudgetName(chosen.budget),
    use: chosen.use,
    estimate: {
      requests: chosen.requests,
      input: chosen.inputTokens,
      output: chosen.outputTokens,
    },
    limitsIfNew: readLimits(chosen.limitsIfNew),
  };
}

function weightsOf({ weights }: Options): unknown {
  return weights === undefined ? undefined : parse('Tenant Weights', weights);
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

/** None when the field was emptied: then no status is final. */
function statuses(list: string | number | undefined): number[] | undefined {
  return list === undefined ? undefined : listIn(String(list)).map(Number);
}

function parse(field: string, given: unknown): unknown {
  if (typeof given !== 'string') return given;
  try {
    return JSON.parse(given) as unknown;
  } catch {
    throw new InputError(
      field,
      'is not JSON',
      'Write an object, as the placeholder of the field shows.',
    );
  }
}
