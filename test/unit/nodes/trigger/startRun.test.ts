import {
  ManualExecutionCancelledError,
  NodeApiError,
  NodeOperationError,
  SystemShutdownExecutionCancelledError,
  TimeoutExecutionCancelledError,
  type INode,
  type IRun,
  type ITriggerFunctions,
} from 'n8n-workflow';

import { endOf, n8nRuns } from '../../../../nodes/AgentSwarmTrigger/startRun';

const run = (status: string, resultData: object = {}): IRun =>
  ({ status, mode: 'trigger', data: { resultData: { runData: {}, ...resultData } } }) as never;

const node = { name: 'OpenAI', parameters: { prompt: 'secret prompt' } } as unknown as INode;

/** An error as n8n keeps it: its own fields, without its cause. */
const copy = (error: Error): object => Object.assign({}, error, { message: error.message });

/** What a run comes to whose promise is rejected. */
async function rejectedWith(error: Error) {
  const context = {
    emit: () => undefined,
    helpers: { createDeferredPromise: () => ({ promise: Promise.reject(error) }) },
  };
  return await n8nRuns(context as unknown as ITriggerFunctions).start([]);
}

test('a success is one, a Wait node is none', () => {
  expect(endOf(run('success'))).toEqual({ kind: 'succeeded' });
  expect(endOf(run('waiting'))).toEqual({ kind: 'waiting' });
});

test('what n8n 2.0 still calls running is a success when it has finished without an error', () => {
  const running = (more: object, resultData?: object) =>
    endOf({ ...run('running', resultData), ...more }).kind;
  expect(running({ finished: true })).toBe('succeeded');
  expect(running({ finished: true }, { error: new Error('x') })).toBe('failed');
  expect(running({})).toBe('failed');
});

test('an error keeps name, status and node name, and nothing else of the node', () => {
  const error = Object.assign(new Error('Rate limited'), {
    name: 'NodeApiError',
    description: 'slow down',
    httpCode: '429',
    node,
  });
  const end = endOf(run('error', { error, metadata: { swarm_execution: '17' } }));
  expect(end).toMatchObject({
    kind: 'failed',
    error: {
      name: 'NodeApiError',
      message: 'Rate limited (slow down)',
      httpStatus: 429,
      node: 'OpenAI',
      execution: '17',
    },
  });
  expect(JSON.stringify(end)).not.toContain('secret prompt');
});

test('in regular mode what the model below a chain met says more than the copy that the chain made of it', () => {
  const refused = Object.assign(new Error('429 Rate limit reached.'), {
    status: 429,
    headers: new Headers({ 'retry-after': '9' }),
    code: 'rate_limit_exceeded',
  });
  const met = new NodeApiError(node, refused as never);
  const chain = { name: 'Chain' } as INode;
  const error = copy(new NodeOperationError(chain, met));
  const runData = { OpenAI: [{ error: met }], Other: [{ error: new Error('handled') }] };
  expect(endOf(run('error', { error, runData }))).toMatchObject({
    error: { httpStatus: 429, retryAfterMs: 9000, code: 'rate_limit_exceeded', node: 'Chain' },
  });
});

test('a result that is missing, or has no error, is a failure', () => {
  expect(endOf(undefined)).toMatchObject({
    kind: 'failed',
    error: { message: 'n8n ended the execution without a result' },
  });
  expect(endOf(run('crashed'))).toMatchObject({
    kind: 'failed',
    error: { message: 'the execution failed' },
  });
});

describe('an execution that n8n calls canceled', () => {
  test('was stopped by a person, when n8n says so or says nothing', async () => {
    const manual = new ManualExecutionCancelledError('7');
    expect(await rejectedWith(manual)).toMatchObject({ kind: 'stopped' });
    expect(endOf(run('canceled', { error: copy(manual) }))).toMatchObject({ kind: 'stopped' });
    expect(endOf(run('canceled'))).toMatchObject({ kind: 'stopped' });
  });

  test.each<[string, Error]>([
    ['RunTimeout', new TimeoutExecutionCancelledError('7')],
    ['HostShutdown', new SystemShutdownExecutionCancelledError('7')],
    ['NodeOperationError', new NodeOperationError(node, 'the request was canceled by the server')],
  ])('failed otherwise: %s', async (name, error) => {
    const failed = { kind: 'failed', error: { name, message: error.message } };
    expect(await rejectedWith(error)).toMatchObject(failed);
    expect(endOf(run('canceled', { error: copy(error) }))).toMatchObject(failed);
  });
});
