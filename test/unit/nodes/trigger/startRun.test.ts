import type { IRun } from 'n8n-workflow';

import { endOf } from '../../../../nodes/AgentSwarmTrigger/startRun';

const run = (status: string, resultData: object = {}): IRun =>
  ({ status, mode: 'trigger', data: { resultData: { runData: {}, ...resultData } } }) as never;

test('a success is one, a Wait node is none', () => {
  expect(endOf(run('success'))).toEqual({ kind: 'succeeded' });
  expect(endOf(run('waiting'))).toEqual({ kind: 'waiting' });
});

test('an error of regular mode keeps name, status and node name, and nothing else of the node', () => {
  const error = Object.assign(new Error('Rate limited'), {
    name: 'NodeApiError',
    description: 'slow down',
    httpCode: '429',
    node: { name: 'OpenAI', parameters: { prompt: 'secret prompt' } },
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

test('an error of queue mode is plain data', () => {
  const error = { name: 'NodeOperationError', message: 'no', node: { name: 'Code' } };
  expect(endOf(run('error', { error }))).toMatchObject({
    kind: 'failed',
    error: { name: 'NodeOperationError', message: 'no', node: 'Code', httpStatus: undefined },
  });
});

test('an execution that a person stopped is told apart, and a crash without an error is a failure', () => {
  expect(endOf(run('canceled')).kind).toBe('stopped');
  expect(endOf(undefined)).toMatchObject({
    kind: 'failed',
    error: { message: 'n8n ended the execution without a result' },
  });
  expect(endOf(run('crashed'))).toMatchObject({
    kind: 'failed',
    error: { message: 'the execution failed' },
  });
});
