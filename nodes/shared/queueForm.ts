import type {
  IExecuteFunctions,
  ILoadOptionsFunctions,
  INodeListSearchItems,
  INodeListSearchResult,
} from 'n8n-workflow';

import {
  consumedQueues,
  InputError,
  isInternalQueue,
  ManagementApi,
  withStore,
  type BrokerSettings,
} from '../../src/index';
import { brokerOf, storeOf } from './credentials';
import { listed, matching, nameIn } from './locator';

/** Where a form holds the name of its queue: in a resource locator, or as it was before there was one. */
export function queuePath(context: Pick<IExecuteFunctions, 'getNode'>): string {
  const { queue } = context.getNode().parameters;
  return typeof queue === 'object' && queue !== null ? 'queue.value' : 'queue';
}

/** The name in a `queueField`. @throws InputError when it is empty */
export function readQueueName(given: unknown): string {
  const name = nameIn(given);
  if (name !== '') return name;
  throw new InputError('Queue', 'is empty', 'Name the queue that holds the task references.');
}

/** The list of queues on the broker. The queues that the pack makes for itself are left out; they can be named by hand. */
export async function searchQueues(
  this: ILoadOptionsFunctions,
  filter?: string,
  paginationToken?: string,
): Promise<INodeListSearchResult> {
  return await listed(this, 'queues', async () => {
    const broker = await brokerOf(this);
    if (broker.managementUrl === '') throw noManagementUrl();
    return await searchPages(broker, filter?.trim(), Number(paginationToken ?? 1));
  });
}

/** The list of queues that triggers work on, or did, with this Redis. */
export async function searchConsumedQueues(
  this: ILoadOptionsFunctions,
  filter = '',
): Promise<INodeListSearchResult> {
  return await listed(this, 'queues', async () => {
    return matching(await withStore(await storeOf(this), consumedQueues), filter);
  });
}

/** The first page, from this one on, that has something to show. */
async function searchPages(
  broker: BrokerSettings,
  filter: string | undefined,
  from: number,
): Promise<INodeListSearchResult> {
  const api = new ManagementApi(broker);
  for (let page = from; ; page += 1) {
    const { queues, last } = await api.queues({ page, filter });
    const results = queues
      .filter(({ name }) => !isInternalQueue(name))
      .map(({ name }): INodeListSearchItems => ({ name, value: name, url: api.pageOf(name) }));
    if (last) return { results };
    if (results.length > 0) return { results, paginationToken: String(page + 1) };
  }
}

function noManagementUrl(): InputError {
  return new InputError(
    'Management URL',
    'is empty in the credential Agent Swarm RabbitMQ, and the list comes from there',
    'Fill it in there, such as http://rabbit-1:15672, or choose By Name and type the name of the queue.',
  );
}
