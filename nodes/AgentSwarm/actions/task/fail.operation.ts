import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { RunError } from '../../../../src/index';
import { readRunError } from '../../../shared/runError';
import { runWordOperation } from './word';

/** Task: Fail. As if the run had failed with the error of the item: the trigger's options decide what becomes of the task. */
export const failOperation = runWordOperation({
  result: 'failed',
  fields: [
    {
      displayName: 'Message',
      name: 'message',
      type: 'string',
      default: '',
      placeholder: 'e.g. {{ $json.error.message }}',
      description: 'What went wrong. Empty: the error of the item, as error outputs give it.',
    },
    {
      displayName: 'HTTP Status',
      name: 'httpStatus',
      type: 'string',
      default: '',
      placeholder: 'e.g. 429',
      description:
        "Decides whether the error may pass: 429 is throttled, the Give Up on Statuses of the trigger are final. Empty: the status of the item's error. A code such as ECONNRESET does, too.",
    },
  ],
  options: [
    {
      displayName: 'Retry After (Seconds)',
      name: 'retryAfterSeconds',
      type: 'number',
      typeOptions: { minValue: 0, numberPrecision: 3 },
      default: 60,
      description:
        'How long the other side asks to wait. Left out: what the error says, in a header or its text.',
    },
  ],
  read(parameters, context) {
    const items = context.getInputData();
    const message = parameters.text('message', 'Message');
    const httpStatus = parameters.text('httpStatus', 'HTTP Status');
    const seconds = parameters.number('options.retryAfterSeconds', 'Retry After (Seconds)');
    const node = context.getNode().name;
    const execution = context.getExecutionId();
    return (index) => {
      const given = { message: message(index), httpCode: httpStatus(index) };
      const retryAfter = seconds(index);
      const error = errorOf(items[index], given);
      return {
        kind: 'fail',
        error: {
          ...error,
          node: error.node ?? node,
          execution,
          ...(retryAfter !== undefined && { retryAfterMs: Math.round(retryAfter * 1000) }),
        },
      };
    };
  },
  details: (said) => (said.kind === 'fail' ? { error: shown(said.error) } : {}),
});

interface Given {
  readonly message: string | undefined;
  readonly httpCode: string | undefined;
}

/** What the person gave stands before what the item brings; the rest of the item's error goes on to help. */
function errorOf(item: INodeExecutionData | undefined, given: Given): RunError {
  const { error, details } = item?.json ?? {};
  // n8n's own copy says most; nodes put theirs into the JSON.
  if (given.message !== undefined || item?.error || error) {
    return readRunError(given, [item?.error, error, details]);
  }
  const otherwise = { name: 'Fail', message: 'a node said Fail, and its item holds no error' };
  return readRunError(given, [otherwise]);
}

function shown({ name, message, httpStatus, code, retryAfterMs }: RunError): IDataObject {
  return {
    name,
    message,
    ...(httpStatus !== undefined && { http_status: httpStatus }),
    ...(code !== undefined && { code }),
    ...(retryAfterMs !== undefined && { retry_after_seconds: retryAfterMs / 1000 }),
  };
}
