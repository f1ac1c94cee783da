import { agentSwarm } from '../../../src/cli/agentSwarm';
import { storeSettings } from '../../../src/cli/storeOptions';

async function program(args: string[], env: Record<string, string> = {}) {
  let [out, error] = ['', ''];
  const code = await agentSwarm({
    argv: ['node', 'agent-swarm', ...args],
    env,
    out: (text) => (out += text),
    error: (text) => (error += text),
  });
  return { code, out, error };
}

test('help is no error, and names what there is', async () => {
  const { code, out, error } = await program(['--help']);
  expect([code, error]).toEqual([0, '']);
  expect(out).toContain('task [options] <key>');
});

test.each([
  [['nonsense'], 'unknown command'],
  [['task'], "missing required argument 'key'"],
  [['task', 'a', '--colour'], 'unknown option'],
])('%j is not understood, and the help is shown', async (args, said) => {
  const { code, out, error } = await program(args);
  expect([code, out]).toEqual([2, '']);
  expect(error).toContain(said);
  expect(error).toContain('Usage: agent-swarm');
});

test('an address that is missing or wrong is named with the remedy, never shown', async () => {
  expect(await program(['task', 'a'])).toEqual({
    code: 1,
    out: '',
    error: '--redis: is missing. Give the address, or set REDIS_URL.\n',
  });
  const wrong = await program(['task', 'a'], { REDIS_URL: 'http://:s3cret@somewhere' });
  expect(wrong.code).toBe(1);
  expect(wrong.error).toContain('is no address');
  expect(wrong.error).not.toContain('s3cret');
});

test('a Redis that does not answer is said', async () => {
  const { code, error } = await program(['task', 'a', '--redis', 'redis://127.0.0.1:1']);
  expect(code).toBe(1);
  expect(error).toContain('127.0.0.1:1');
});

describe('an address', () => {
  test.each([
    [
      'redis://one',
      {},
      { kind: 'standalone', host: 'one', port: 6379, database: 0, prefix: 'swarm', tls: undefined },
    ],
    [
      'rediss://me:p%40ss@one:6380/3',
      { prefix: 'ours' },
      {
        kind: 'standalone',
        host: 'one',
        port: 6380,
        database: 3,
        username: 'me',
        password: 'p@ss',
        prefix: 'ours',
        tls: { verify: true },
      },
    ],
    [
      'redis://:secret@one,two:6390',
      { cluster: true },
      {
        kind: 'cluster',
        password: 'secret',
        nodes: [
          { host: 'one', port: 6379 },
          { host: 'two', port: 6390 },
        ],
      },
    ],
    ['redis://[::1]:6380', {}, { kind: 'standalone', host: '::1', port: 6380 }],
    [
      'redis://one,two/1',
      { sentinel: 'main' },
      {
        kind: 'sentinel',
        name: 'main',
        database: 1,
        sentinels: [
          { host: 'one', port: 26_379 },
          { host: 'two', port: 26_379 },
        ],
      },
    ],
  ])('%s with %j', (redis, flags, settings) => {
    expect(storeSettings({ redis, ...flags }, {})).toMatchObject(settings);
    expect(storeSettings(flags, { REDIS_URL: redis })).toMatchObject(settings);
  });
});
