import { Budgets } from '../../../src/budget/budgets';
import { browse } from '../../../src/deadLetters/browse';
import { look } from '../../../src/observe/look';
import { metricsText } from '../../../src/observe/metrics';
import { withStore } from '../../../src/store/pool';
import { scopeOfQueue } from '../../../src/word/scopes';
import { getTask } from '../../../src/word/task';
import { newWorld, NO_RETRY, TestHost, type World } from '../../support/world';
import { replayed } from '../deadLetters/deskWorld';

jest.setTimeout(60_000);

/** What someone sends who wants more than a task: names that are code, keys or commands somewhere. */
const HOSTILE = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  "'; redis.call('FLUSHALL') --",
  ']] redis.call("FLUSHALL") --[[',
  "' .. redis.call('FLUSHALL') .. '",
  '\r\nFLUSHALL\r\n',
  '*1\r\n$8\r\nFLUSHALL\r\n',
  'a}:task:b',
  '{other}',
  '%s%d%n%0',
  '%1',
  '\\"; process.exit(1); //',
  '${process.exit(1)}',
  '={{ process.exit(1) }}',
  '"} 1\nagent_swarm_forged 1\n#',
  'dead:run_failed',
  '\u202e\u0000\u001b[2J',
  '#.*',
  '../../etc/passwd',
];

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.end());

describe.each([['work'], ['a}:b"{%1'], ['__proto__']])('in queue %j', (queue) => {
  test('hostile names are names, from the message to the metrics', async () => {
    const canary = `${world.keys.prefix}:canary`;
    await world.keys.redis.set(canary, 'alive');
    const failed = new Set<string>();
    const host = new TestHost(([item]) => {
      const { task_id: id = '', intent = '' } = item ?? {};
      if (failed.has(id)) return { kind: 'succeeded' };
      failed.add(id);
      return { kind: 'failed', error: { name: intent, message: intent, httpStatus: 404 } };
    });
    const { settled, host: runs } = await world.consume(
      { queue, prefetch: 100, ...NO_RETRY },
      host,
    );
    for (const [at, name] of HOSTILE.entries()) {
      const body = `{"task_id":${JSON.stringify(name)},"intent":${JSON.stringify(name)},"tenant":${JSON.stringify(name)},"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`;
      await world.plain.publish(queue, body, {
        messageId: name,
        type: name,
        headers: { [name]: name, 'x-swarm-trail': name, 'x-swarm-child': name },
      });
      await settled(at + 1);
    }
    const desk = { broker: world.broker, queue: `${queue}.dead` };
    const { letters, groups } = await browse(desk, {});
    expect(letters.map(({ key }) => key)).toEqual(HOSTILE);
    expect(Object.entries(groups.tenant).sort()).toEqual(
      HOSTILE.map((name) => [name.slice(0, 120), 1]).sort(),
    );
    await withStore(world.store, async (store) => {
      const scope = await scopeOfQueue(store, queue);
      for (const key of HOSTILE) {
        expect(await getTask(store, { scope, key })).toMatchObject({ state: 'dead' });
      }
      const budgets = new Budgets(store);
      for (const name of HOSTILE) {
        const limits = { minute: { requests: 100 }, adaptive: null, tenantShare: 0.5 };
        await budgets.create(name, limits, { ifThere: 'update', isNew: true });
        const ask = { id: name, tenant: name, requests: 1, input: 1, output: 1 };
        expect(await budgets.reserve(name, ask)).toMatchObject({ kind: 'granted' });
      }
    });
    const edit = { data: JSON.parse('{"__proto__":{"polluted":true}}') as never };
    expect(await replayed(world, { edit }, desk)).toMatchObject({ replayed: HOSTILE.length });
    await runs.started(2 * HOSTILE.length);
    const again = runs.runs.slice(HOSTILE.length).flatMap(({ items }) => items);
    expect(again.map(({ task_id: id }) => id).sort()).toEqual([...HOSTILE].sort());
    await settled(2 * HOSTILE.length);

    // Counts are written once a second.
    let sight = await look(world.store, world.broker);
    while (sight.queues[0]?.counts.done !== HOSTILE.length) {
      sight = await look(world.store, world.broker);
    }
    const page = await metricsText(sight);
    expect(page).not.toMatch(/^agent_swarm_forged/m);
    for (const line of page.split('\n').filter(Boolean)) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ [^\n]*|agent_swarm_\w+(\{[^\n]*\})? \S+)$/);
    }
    expect(page).toMatch(
      new RegExp(`^agent_swarm_tasks_done_total\\{.*\\} ${HOSTILE.length}$`, 'm'),
    );
    expect(await world.keys.redis.get(canary)).toBe('alive');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
