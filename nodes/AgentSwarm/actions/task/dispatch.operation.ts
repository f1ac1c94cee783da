import type { IExecuteFunctions } from 'n8n-workflow';

import {
  dispatch,
  dispatchSchema,
  readSettings,
  withPublisher,
  type DispatchRequest,
  type DispatchResult,
  type DispatchSettings,
} from '../../../../src/index';
import { brokerOf } from '../../../shared/credentials';
import { DeliveryFinder } from '../../../shared/findDelivery';
import { inFormWords, type Labels } from '../../../shared/formWords';
import { orAllFail, toOutput, type Outcome } from '../../../shared/outcomes';
import { Parameters } from '../../../shared/parameters';
import { queuePath } from '../../../shared/queueForm';
import { readTrace } from '../../../shared/trace';
import type { Operation } from '../../operation';
import { depositsIfChosen } from '../../payloadAccess';
import { brief, isTool } from '../forAgents';
import { readTimeToLive } from '../payload/timeToLive';
import { dispatchForm } from './dispatchForm';
import { readTo } from './taskFields';
import { unlessEmpty } from './unlessEmpty';

const KIB = 1024;
const SECOND_MS = 1000;
const FOR_AGENTS = ['task_id', 'key', 'queue', 'exchange', 'due'];

const LABELS: Labels = {
  refuseAbove: 'Refuse Above (Waiting Tasks)',
  storeAboveBytes: 'Store Data Apart Above (KiB)',
  payload: 'Payload Time to Live (Hours)',
};

/** Task: Dispatch. */
export const dispatchOperation: Operation = {
  form: dispatchForm,
  async act(context) {
    const outcomes = await orAllFail(context, () => dispatchItems(context));
    return toOutput(context, outcomes, 'dispatched');
  },
};

async function dispatchItems(context: IExecuteFunctions): Promise<Outcome[]> {
  const parameters = new Parameters(context);
  const settings = readDispatchSettings(parameters);
  const request = requestReader(context, parameters);
  const usePayloads = await depositsIfChosen(context);
  const { length: count } = context.getInputData();
  const results = await withPublisher(await brokerOf(context), (publisher) =>
    dispatch({ count, request, publisher, usePayloads, settings }),
  );
  return results.map((result) => toOutcome(result, isTool(context)));
}

/** The form of one item as the engine asks for it. What is wrong with a value is the engine's to say. */
function requestReader(
  context: IExecuteFunctions,
  parameters: Parameters,
): (index: number) => DispatchRequest {
  const to = readTo(parameters, queuePath(context));
  const intent = parameters.text('intent', 'Intent');
  const ref = parameters.text('ref', 'Ref');
  const data = parameters.json('data', 'Data');
  const runOncePer = parameters.text('runOncePer', 'Run Once Per');
  const customKey = parameters.text('customKey', 'Custom Key');
  const deadline = parameters.time('options.deadline', 'Deadline');
  const estimate = parameters.json('options.estimate', 'Estimate');
  const groupId = parameters.text('options.groupId', 'Group ID');
  const headers = parameters.json('options.headers', 'Headers');
  const priority = parameters.number('options.priority', 'Priority');
  const routingKey = parameters.text('options.routingKey', 'Routing Key');
  const taskId = parameters.text('options.taskId', 'Task ID');
  const tenant = parameters.text('options.tenant', 'Tenant');
  const traceparent = readTrace(parameters, new DeliveryFinder(context));
  const seconds = parameters.number('options.delaySeconds', 'Delay (Seconds)');
  const notBefore = parameters.time('options.notBefore', 'Not Before');
  return (index) => {
    const request: { [Field in keyof DispatchRequest]: unknown } = {
      to: to(index),
      intent: intent(index),
      ref: ref(index),
      data: unlessEmpty(data(index)),
      runOncePer: runOncePer(index),
      customKey: customKey(index),
      deadline: deadline(index),
      delayMs: inMs(seconds(index)),
      notBefore: notBefore(index),
      estimate: estimate(index),
      groupId: groupId(index),
      headers: headers(index),
      priority: priority(index),
      routingKey: routingKey(index),
      taskId: taskId(index),
      tenant: tenant(index),
      traceparent: traceparent(index),
    };
    return request as DispatchRequest;
  };
}

/** These hold for the whole execution: of an expression the first item counts. */
function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * SECOND_MS;
}

function readDispatchSettings(parameters: Parameters): DispatchSettings {
  const kib = parameters.number('options.storeAboveKib', LABELS.storeAboveBytes as string)(0);
  const refuseAbove = parameters.number('options.refuseAbove', LABELS.refuseAbove as string);
  const ttl = readTimeToLive(parameters, 'options.ttlHours', LABELS.payload as string);
  return inFormWords(LABELS, () =>
    readSettings(dispatchSchema, {
      storeAboveBytes: kib === undefined ? undefined : Math.round(kib * KIB),
      payload: { ttlMs: ttl(0) },
      refuseAbove: refuseAbove(0),
    }),
  );
}

function toOutcome(result: DispatchResult, tool: boolean): Outcome {
  if (!result.ok) return result;
  const { ok, exchange, routing_key, ...told } = result;
  const where = exchange === '' ? { queue: routing_key } : { exchange, routing_key };
  const json = { ...told, ...where };
  return { ok, output: { json: tool ? brief(json, FOR_AGENTS) : json } };
}
