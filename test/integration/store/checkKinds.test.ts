import type { Redis } from 'ioredis';

import { freePort } from '../../support/freePort';
import { startRedisCluster, type RedisCluster } from '../../support/redisCluster';
import { startSentinelSet, type SentinelSet } from '../../support/redisSentinel';
import { check, told, type Given } from './checking';

jest.setTimeout(60_000);

const HOST = '127.0.0.1';
const NOBODY = { host: HOST, port: 1 };

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

describe('the check of a primary with Sentinels', () => {
  const watched = (given: Given = {}) => ({
    kind: 'sentinel',
    sentinels: set.sentinels,
    password: 'secret',
    sentinelPassword: 'hidden',
    ...given,
  });

  it('says what it found', async () => {
    const found = { connection: 'sentinel', primaries: 1, warnings: [] };
    expect(await check(watched())).toMatchObject(found);
  });

  it('warns of a Sentinel that does not answer while others do', async () => {
    const { warnings } = await check(watched({ sentinels: [NOBODY, ...set.sentinels] }));
    expect(warnings).toEqual([expect.stringMatching(/No Redis answers at 127\.0\.0\.1:1 /)]);
  });

  it('tells that none answers, and why', async () => {
    const { code, text } = await told(watched({ sentinels: [NOBODY] }));
    expect(code).toBe('unreachable');
    expect(text).toMatch(/ECONNREFUSED.*Check Sentinels/);
  });

  it.each([
    ['of the Sentinels', { sentinelPassword: 'wrong' }, /^The Sentinel at .* Check Sentinel User/],
    ['of Redis', { password: 'wrong' }, /^Redis at .* Check User and Password/],
    ['left out of the Sentinels', { sentinelPassword: '' }, /Fill in Sentinel Password/],
    ['left out of Redis', { password: '' }, /Fill in Password/],
  ])('tells a wrong password %s', async (_what, wrong, text) => {
    const answer = { code: 'login_refused', text: expect.stringMatching(text) };
    expect(await told(watched(wrong))).toMatchObject(answer);
  });

  it('tells a name that they do not watch', async () => {
    const { code, text } = await told(watched({ name: 'other' }));
    expect(code).toBe('not_found');
    expect(text).toMatch(/no primary named "other".*Correct Master Name/);
  });

  it('tells a database that does not exist', async () => {
    expect(await told(watched({ database: 99 }))).toMatchObject({ code: 'not_found' });
  });
});

describe('the check of a Cluster', () => {
  const nodes = (given: Given = {}) => ({ kind: 'cluster', nodes: cluster.nodes, ...given });

  it('says what it found', async () => {
    const found = { connection: 'cluster', primaries: 3, warnings: [] };
    expect(await check(nodes())).toMatchObject(found);
    expect(await check(nodes({ nodes: cluster.nodes.slice(0, 1) }))).toMatchObject(found);
  });

  it('warns of nodes that cannot be used while others can', async () => {
    const strange = { host: 'no-such-host.invalid', port: 6379 };
    const { warnings } = await check(nodes({ nodes: [NOBODY, strange, ...cluster.nodes] }));
    expect(warnings).toEqual([
      expect.stringMatching(/ECONNREFUSED/),
      expect.stringMatching(/no-such-host\.invalid/),
    ]);
  });

  it('tells that none answers, and why', async () => {
    const { code, text } = await told(nodes({ nodes: [NOBODY] }));
    expect(code).toBe('unreachable');
    expect(text).toMatch(/ECONNREFUSED.*Check Nodes/);
  });

  it('tells a wrong password', async () => {
    expect(await told(nodes({ username: 'nobody', password: 'x' }))).toMatchObject({
      code: 'login_refused',
      text: expect.stringMatching(/refused the password of user "nobody"/),
    });
  });

  it('names rights that suffice', async () => {
    const onAll = (...rules: string[]) =>
      Promise.all(cluster.plain.map((node: Redis) => node.call('ACL', 'SETUSER', ...rules)));
    const poor = nodes({ username: 'poor', password: 'pw', prefix: 'mine' });
    await onAll('poor', 'on', '>pw', '+@all', '~other:*');
    const { code, text } = await told(poor);
    expect(code).toBe('no_rights');
    const [, command = ''] = /ACL SETUSER (.*)\.$/.exec(text) ?? [];
    await onAll(...command.split(' '));
    await expect(check(poor)).resolves.toMatchObject({ warnings: [] });
  });

  it('tells a node whose address cannot be reached from here', async () => {
    const far = cluster.plain[2];
    const port = String(await freePort());
    await far?.config('SET', 'cluster-announce-port', port);
    const ask = async () => String(await cluster.plain[0]?.cluster('SLOTS')).includes(port);
    while (!(await ask()));
    const { code, text } = await told(nodes({ nodes: cluster.nodes.slice(0, 1) }));
    expect(code).toBe('unreachable');
    expect(text).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}.*cluster-announce-ip`));
    await far?.config('SET', 'cluster-announce-port', '0');
    while (await ask());
  });
});

describe('the check of a credential for another kind of store', () => {
  const at = ({ port }: { port: number }) => ({ host: HOST, port });

  it.each([
    [
      'Standalone at a node of a Cluster',
      () => ({ kind: 'standalone', ...cluster.nodes[0] }),
      /is a node of a Cluster.*Choose Cluster/,
    ],
    [
      'Sentinel at a node of a Cluster',
      () => ({ kind: 'sentinel', sentinels: cluster.nodes }),
      /is no Sentinel/,
    ],
    [
      'Standalone at a Sentinel',
      () => ({ kind: 'standalone', ...set.sentinels[0], password: 'hidden' }),
      /may be a Sentinel.*Choose Sentinel/,
    ],
    [
      'Cluster at a Sentinel',
      () => ({ kind: 'cluster', nodes: set.sentinels, password: 'hidden' }),
      /may be a Sentinel.*Choose Sentinel/,
    ],
    [
      'Sentinel at Redis',
      () => ({ kind: 'sentinel', sentinels: set.servers.map(at), sentinelPassword: 'secret' }),
      /is no Sentinel/,
    ],
    [
      'Cluster at a Redis that stands alone',
      () => ({ kind: 'cluster', nodes: set.servers.map(at), password: 'secret' }),
      /is no node of a Cluster.*Choose Standalone/,
    ],
  ])('tells %s, and what to choose', async (_what, given, text) => {
    expect(await told(given())).toMatchObject({
      code: 'unsupported',
      text: expect.stringMatching(text),
    });
  });

  it('tells a node of a Cluster also to a user who may not ask for INFO', async () => {
    await cluster.plain[0]?.call(
      'ACL',
      'SETUSER',
      'shy',
      'on',
      '>pw',
      '~*',
      '&*',
      '+@all',
      '-info',
    );
    const shy = { kind: 'standalone', ...cluster.nodes[0], username: 'shy', password: 'pw' };
    expect(await told(shy)).toMatchObject({ code: 'unsupported' });
  });
});
