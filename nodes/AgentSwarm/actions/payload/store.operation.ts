import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { InputError, type Deposited, type Json, type Payload } from '../../../../src/index';
import { inFormWords } from '../../../shared/formWords';
import { forEachItem, orAllFail, toOutput } from '../../../shared/outcomes';
import { Parameters, type Read } from '../../../shared/parameters';
import type { Operation } from '../../operation';
import { payloadStoreField } from '../../../shared/payloadStores';
import { depositsIfChosen } from '../../payloadAccess';
import { noStoreChosen } from '../../storeAccess';
import { readTimeToLive, timeToLiveField } from './timeToLive';

const TTL_LABEL = 'Time to Live (Hours)';

const form: INodeProperties[] = [
  {
    displayName: 'Content',
    name: 'content',
    type: 'options',
    options: [
      { name: 'JSON', value: 'json' },
      { name: 'File', value: 'file', description: 'Binary data of the item' },
    ],
    default: 'json',
    description: 'What is stored',
  },
  {
    displayName: 'Payload',
    name: 'payload',
    type: 'json',
    required: true,
    default: '={{ $json }}',
    displayOptions: { show: { content: ['json'] } },
    description: 'Any JSON; the whole item by default',
  },
  {
    displayName: 'Input Binary Field',
    name: 'binaryField',
    type: 'string',
    required: true,
    default: 'data',
    displayOptions: { show: { content: ['file'] } },
    hint: 'The name of the input binary field that holds the file',
  },
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add option',
    default: {},
    options: [
      timeToLiveField(TTL_LABEL, 'ttlHours', 'How long the payload is kept at least'),
      payloadStoreField('Where the payload is kept. Redis when it is empty.'),
    ],
  },
];

/** Payload: Store. Gives a claim that fits into Ref of Dispatch. */
export const storePayloadOperation: Operation = {
  form,
  async act(context) {
    const outcomes = await orAllFail(context, () => storeItems(context));
    return toOutput(context, outcomes, 'stored');
  },
};

async function storeItems(context: IExecuteFunctions) {
  const parameters = new Parameters(context);
  const payload = payloadReader(context, parameters);
  const ttl = readTimeToLive(parameters, 'options.ttlHours', TTL_LABEL);
  const usePayloads = await depositsIfChosen(context);
  if (!usePayloads) throw noStoreChosen();
  return await forEachItem(context, async (index) => {
    const content = await payload(index);
    const ttlMs = ttl(index);
    const stored = usePayloads((payloads) => payloads.deposit(content, { ttlMs }));
    return { json: toJson(await named(() => stored)) };
  });
}

function payloadReader(context: IExecuteFunctions, parameters: Parameters): Read<Promise<Payload>> {
  const content = parameters.text('content', 'Content');
  const json = parameters.json('payload', 'Payload');
  const field = parameters.text('binaryField', 'Input Binary Field');
  return async (index) => {
    if (content(index) !== 'file') return { kind: 'json', value: json(index) as Json };
    const name = field(index);
    if (name === undefined) {
      throw new InputError('Input Binary Field', 'is empty', 'Name the field that holds the file.');
    }
    const { mimeType } = context.helpers.assertBinaryData(index, name);
    const bytes = await context.helpers.getBinaryDataBuffer(index, name);
    return { kind: 'bytes', bytes, contentType: mimeType };
  };
}

/** The engine speaks of `ttlMs`; the form shows hours. */
async function named<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    return inFormWords({ ttlMs: TTL_LABEL }, () => {
      throw error;
    });
  }
}

function toJson({ claim, bytes, contentType, expiresAt }: Deposited) {
  return { claim, content_type: contentType, bytes, expires_at: new Date(expiresAt).toISOString() };
}
