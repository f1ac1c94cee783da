import type { ICredentialTestFunctions, ICredentialsDecrypted } from 'n8n-workflow';

import { testStoreCredential } from '../../../nodes/shared/credentialTests';
import { startRedisCluster, type RedisCluster } from '../../support/redisCluster';
import { startSentinelSet, type SentinelSet } from '../../support/redisSentinel';

jest.setTimeout(60_000);

type Data = NonNullable<ICredentialsDecrypted['data']>;

const press = (data: Data) =>
  testStoreCredential.call({} as ICredentialTestFunctions, {
    id: '1',
    name: 'own',
    type: 'own',
    data,
  });

const inOneLine = (all: readonly { host: string; port: number }[]) =>
  all.map(({ host, port }) => `${host}:${port}`).join(', ');

describe('the test button of "Agent Swarm Redis"', () => {
  let set: SentinelSet;
  let cluster: RedisCluster;
  beforeAll(async () => {
    [set, cluster] = await Promise.all([
      startSentinelSet({ password: 'secret', sentinelPassword: 'hidden' }),
      startRedisCluster(),
    ]);
  });
  afterAll(async () => {
    await set?.stop();
    await cluster?.stop();
  });

  it('says which kind of store let us in', async () => {
    const watched = {
      type: 'sentinel',
      sentinels: inOneLine(set.sentinels),
      password: 'secret',
      sentinelPassword: 'hidden',
    };
    expect(await press(watched)).toEqual({
      status: 'OK',
      message: expect.stringMatching(
        /^(Redis|Valkey) \d\S+ \(the primary that the Sentinels name\) let us in and write\.$/,
      ),
    });
    expect(await press({ type: 'cluster', nodes: inOneLine(cluster.nodes) })).toEqual({
      status: 'OK',
      message: expect.stringMatching(
        /^(Redis|Valkey) \d\S+ \(a Cluster of 3 primaries\) let us in and write\.$/,
      ),
    });
  });

  it('says what to choose when it is another kind', async () => {
    const [node] = cluster.nodes;
    expect(await press({ host: node?.host ?? '', port: node?.port ?? 0 })).toEqual({
      status: 'Error',
      message: 'This Redis is a node of a Cluster. Choose Cluster as Connection.',
    });
  });
});
