import type { IExecuteFunctions } from 'n8n-workflow';

import { InputError, withStore, type StoreSettings, type UseStore } from '../../src/index';
import { storeOf } from '../shared/credentials';

const TYPE = 'agentSwarmRedisApi';

/** n8n looks a credential up in its database each time it is asked, so it is asked once an execution of a node. */
const known = new WeakMap<IExecuteFunctions, Promise<StoreSettings>>();

/** For what works without a store: undefined when no credential is chosen. n8n itself throws then. */
export async function storeIfChosen(context: IExecuteFunctions): Promise<UseStore | undefined> {
  if (!context.getNode().credentials?.[TYPE]) return undefined;
  const settings = await settingsOf(context);
  return (act) => withStore(settings, act);
}

/** @throws InputError when no credential is chosen; n8n's own words for it do not say which */
export async function storeRequired(context: IExecuteFunctions): Promise<StoreSettings> {
  if (context.getNode().credentials?.[TYPE]) return await settingsOf(context);
  throw noStoreChosen();
}

export function noStoreChosen(): InputError {
  return new InputError(
    'Agent Swarm Redis',
    'no credential is chosen',
    'Choose or create one in Credential to Connect With, the same that Agent Swarm Trigger uses.',
  );
}

function settingsOf(context: IExecuteFunctions): Promise<StoreSettings> {
  const settings = known.get(context) ?? storeOf(context);
  known.set(context, settings);
  return settings;
}
