import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { InputError, withStoreOf, type Redeemed } from '../../../../src/index';
import { forEachItem, orAllFail, toOutput } from '../../../shared/outcomes';
import { Parameters } from '../../../shared/parameters';
import type { Operation } from '../../operation';
import { payloadStoresField } from '../../../shared/payloadStores';
import { placesOf } from '../../payloadAccess';
import { CLAIMED_IN, claimField, readClaim } from './claim';

const form: INodeProperties[] = [
  claimField,
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add option',
    default: {},
    options: [
      {
        displayName: 'If Missing',
        name: 'ifMissing',
        type: 'options',
        options: [
          { name: 'Continue', value: 'continue', description: 'Give "found": false' },
          { name: 'Fail', value: 'fail' },
        ],
        default: 'continue',
        description: 'What to do when the payload was deleted or its time ran out',
      },
      {
        displayName: 'Put File in Field',
        name: 'binaryField',
        type: 'string',
        default: 'data',
        hint: 'The name of the output binary field to put a file in',
      },
      payloadStoresField(CLAIMED_IN),
    ],
  },
];

/** Payload: Load. JSON comes as `payload`, a file as binary data. */
export const loadPayloadOperation: Operation = {
  form,
  async act(context) {
    const outcomes = await orAllFail(context, () => loadItems(context));
    return toOutput(context, outcomes, 'loaded');
  },
};

async function loadItems(context: IExecuteFunctions) {
  const parameters = new Parameters(context);
  const claimOf = readClaim(parameters);
  const ifMissing = parameters.text('options.ifMissing', 'If Missing');
  const field = parameters.text('options.binaryField', 'Put File in Field');
  const places = await placesOf(context);
  return await forEachItem(context, async (index) => {
    const claim = claimOf(index);
    const redeemed = await withStoreOf(places, claim, (payloads) => payloads.redeem(claim));
    if (redeemed.kind === 'missing') {
      if (ifMissing(index) === 'fail') throw missing(claim);
      return { json: { claim, found: false } };
    }
    const { payload } = redeemed;
    const json = describe(claim, redeemed);
    if (payload.kind === 'json') return { json: { ...json, payload: payload.value } };
    const file = await context.helpers.prepareBinaryData(
      payload.bytes,
      undefined,
      payload.contentType,
    );
    return { json, binary: { [field(index) ?? 'data']: file } };
  });
}

function describe(claim: string, redeemed: Extract<Redeemed, { kind: 'redeemed' }>): IDataObject {
  return {
    claim,
    found: true,
    content_type: redeemed.contentType,
    bytes: redeemed.bytes,
    expires_at: new Date(Date.now() + redeemed.leftMs).toISOString(),
  };
}

function missing(claim: string): InputError {
  return new InputError(
    'Claim',
    `nothing is stored under ${claim}`,
    'It was deleted, or its time to live ran out: store it for longer than its task may take.',
  );
}
