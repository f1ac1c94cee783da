import type { IExecuteFunctions } from 'n8n-workflow';

import {
  withPayloads,
  type PayloadPlaces,
  type Places,
  type UsePayloads,
  type UseStore,
} from '../../src/index';
import { depositKind, readPayloadPlaces } from '../shared/payloadStores';
import { storeIfChosen, storeRequired } from './storeAccess';

/** Every store that this node was given the credential of. @throws InputError when there is none */
export async function placesOf(context: IExecuteFunctions): Promise<Places> {
  const places = await chosenPlaces(context);
  const redis = await storeIfChosen(context);
  if (!redis && depositKind(places) === 'redis') await storeRequired(context);
  return { redis, ...places };
}

/** Where this node stores payloads. Undefined when it was given no store. */
export async function depositsIfChosen(
  context: IExecuteFunctions,
): Promise<UsePayloads | undefined> {
  const places = await chosenPlaces(context);
  const kind = depositKind(places);
  const redis = await storeIfChosen(context);
  if (kind === 'redis' && !redis) return undefined;
  return (act) => withPayloads({ redis, ...places }, kind, act);
}

/** The same of a node that has Redis in any case. */
export async function depositsBeside(
  context: IExecuteFunctions,
  redis: UseStore,
): Promise<UsePayloads> {
  const places = await chosenPlaces(context);
  return (act) => withPayloads({ redis, ...places }, depositKind(places), act);
}

/** These hold for the whole execution: of an expression the first item counts. */
async function chosenPlaces(context: IExecuteFunctions): Promise<PayloadPlaces> {
  const chosen: unknown = context.getNodeParameter('options.payloadStore', 0, {});
  return await readPayloadPlaces(context, chosen);
}
