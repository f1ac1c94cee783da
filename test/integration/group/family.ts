import { withPublisher } from '../../../src/broker/pool';
import { plan } from '../../../src/broker/topology';
import type { GroupOptions } from '../../../src/contract/group';
import type { DeliveryItem } from '../../../src/contract/run';
import { topologySchema } from '../../../src/contract/settings';
import type { RunEnd } from '../../../src/contract/verdicts';
import type { CheckingPublisher } from '../../../src/dispatch/checking';
import type { ChildRequest } from '../../../src/group/children';
import { fanOut, type FannedOut, type FanOutWork } from '../../../src/group/fanOut';
import { getChildren, getGroup, type ChildReport, type GroupReport } from '../../../src/group/get';
import { withStore } from '../../../src/store/pool';
import { say, type RunWord } from '../../../src/word/say';
import { readToken, type LiveToken } from '../../../src/word/token';
import { redisDeposits } from '../../support/redisDeposits';
import { TestHost, type World } from '../../support/world';

export const PARENTS = 'parents';
export const CHILDREN = 'children';

/** As its trigger will declare it. */
export async function declareQueue({ plain }: World, queue: string): Promise<void> {
  const own = plan(topologySchema.parse({ queue }), 0).find(
    (one) => one.kind === 'queue' && one.name === queue,
  );
  await plain.declare(queue, own && 'arguments' in own ? own.arguments : undefined);
}

/** What a parent is asked to fan out. */
export interface Asked {
  readonly count?: number;
  readonly settings?: GroupOptions;
  readonly request?: (index: number) => ChildRequest;
  readonly publisher?: (real: CheckingPublisher) => CheckingPublisher;
  readonly more?: Partial<FanOutWork>;
}

export const child = (index: number): ChildRequest => ({
  to: { kind: 'queue', queue: CHILDREN },
  intent: 'extract',
  ref: `pg:documents/${index}`,
});

export function liveToken({ swarm }: DeliveryItem): LiveToken {
  const token = readToken(swarm.delivery);
  if (token.test) throw new Error('a test delivery');
  return token;
}

/** Fans out as a node of the parent's run does it. */
export function fan(
  { broker, store }: World,
  item: DeliveryItem | undefined,
  { count = 3, settings, request = child, publisher = (real) => real, more = {} }: Asked = {},
): Promise<FannedOut> {
  const parent = item && liveToken(item);
  return withPublisher(broker, (real) =>
    fanOut({
      count,
      request,
      publisher: publisher(real),
      useStore: (act) => withStore(store, act),
      usePayloads: redisDeposits(store),
      parent,
      place: 'Fan Out 0',
      settings,
      ...more,
    }),
  );
}

export const speak = ({ store }: World, item: DeliveryItem, word: RunWord) =>
  withStore(store, (one) => say(one, liveToken(item), word));

export const groupOf = ({ store }: World, id: string): Promise<GroupReport> =>
  withStore(store, (one) => getGroup(one, id));

export const childrenOf = (
  { store }: World,
  id: string,
  from = 0,
  most = 1000,
): Promise<ChildReport[]> => withStore(store, (one) => getChildren(one, id, from, most));

/** A host whose runs do what the test says; a join is known by its intent. */
export function hostOf(act: (item: DeliveryItem) => Promise<RunEnd | undefined>): TestHost {
  const host: TestHost = new TestHost((items) => {
    const at = host.runs.length;
    void Promise.all(items.map(act)).then(([end]) => end && host.runs[at]?.end(end));
    return undefined;
  });
  return host;
}

export const WELL: RunEnd = { kind: 'succeeded' };
export const ILL: RunEnd = {
  kind: 'failed',
  error: { name: 'NodeApiError', message: 'there is no such page', httpStatus: 404 },
};

export const dataOf = ({ data }: DeliveryItem) =>
  data as { readonly group?: Record<string, unknown> };
