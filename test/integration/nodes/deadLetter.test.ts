import type { IDataObject } from 'n8n-workflow';

import { startEngineProcess, type EngineProcess } from '../../support/engineProcess';
import { newWorld, type World } from '../../support/world';
import { DEAD, giveUp, QUEUE, runAll } from '../deadLetters/deskWorld';

jest.setTimeout(120_000);

describe('Agent Swarm, Dead Letter, in n8n', () => {
  let world: World;
  let n8n: EngineProcess;

  beforeAll(async () => {
    world = await newWorld();
    const [at] = world.broker.hosts;
    const broker = { hosts: `${at?.host}:${at?.port}`, vhost: world.broker.vhost };
    n8n = await startEngineProcess({ agentSwarmRabbitMqApi: broker });
  });
  afterAll(async () => {
    await n8n.stop();
    await world.end();
  });
  beforeEach(() =>
    giveUp(world, [
      { task_id: 'a', tenant: 'red', error: 'No such page' },
      { task_id: 'b', intent: 'extract', error: 'No such file' },
      { task_id: 'c' },
    ]),
  );
  afterEach(async () => {
    await world.plain.drain(DEAD);
    await world.plain.drain(QUEUE);
    await world.keys.clear();
  });

  const act = (operation: string, parameters: IDataObject = {}, jsons: IDataObject[] = [{}]) =>
    n8n.run({
      parameters: { resource: 'deadLetter', operation, queue: QUEUE, ...parameters },
      items: jsons.map((json) => ({ json })),
    });
  const jsons = async (...asked: Parameters<typeof act>): Promise<IDataObject[]> =>
    (await act(...asked)).items.map(({ json }) => json);

  it('gives an item for each letter, or counts', async () => {
    expect(await jsons('getMany')).toMatchObject([
      { task_id: 'a', reason: 'run_failed', message: 'No such page', http_status: 404 },
      { task_id: 'b', intent: 'extract' },
      { task_id: null, reason: 'not_json' },
    ]);
    const filters = { reasons: ['run_failed'], newerThan: 5 };
    const options = { whole: true };
    const [first, ...others] = await jsons('getMany', { filters, options, limit: 1 });
    expect(others).toEqual([]);
    expect(first).toMatchObject({ body: { tenant: 'red' }, stack: 'at a.ts:1' });
    expect(await jsons('getMany', { give: 'counts', filters })).toMatchObject([
      { looked_at: 3, matched: 2, groups: { intent: { summarise: 1, extract: 1 } } },
    ]);
    await world.plain.waitForDepth(DEAD, 3);
  });

  it('gets one whole by its id', async () => {
    const all = await jsons('getMany', { returnAll: true });
    const found = await jsons('getLetter', { letterId: '={{ $json.id }}' }, all);
    expect(found.map(({ body }) => body)).toMatchObject([
      { task_id: 'a' },
      { task_id: 'b' },
      'no json',
    ]);
    const { error } = await act('getLetter', { letterId: 'x' });
    expect(error?.message).toBe(`Letter ID: ${DEAD} has no letter "x"`);
  });

  it('replays by id, edited', async () => {
    const [letter] = await jsons('getMany', { filters: { tenant: 'red' } });
    const options = { edit: '{"ref": "page:2"}', perSecond: 50 };
    const which = { which: 'ids', letterIds: '={{ $json.id }}' };
    expect(await jsons('replay', { ...which, options }, [letter ?? {}])).toMatchObject([
      { matched: 1, replayed: 1, failed: 0 },
    ]);
    const { settled, items, close } = await runAll(world);
    await settled(1);
    expect(items()).toMatchObject([{ task_id: 'a', ref: 'page:2' }]);
    await close();
    await world.plain.waitForDepth(DEAD, 2);
  });

  it('does once what several items ask for alike', async () => {
    const all = await jsons('getMany', { returnAll: true });
    const ran = await act(
      'replay',
      { which: 'all', options: { to: 'elsewhere', dryRun: true } },
      all,
    );
    expect(ran.items).toMatchObject([{ json: { matched: 3 }, pairedItem: { item: 0 } }]);
  });

  it('tells what it would do, and gives out what it discards', async () => {
    const chosen = { which: 'filters', filters: { error: 'no such' } };
    const dry = await jsons('discard', { ...chosen, options: { dryRun: true } });
    expect(dry).toMatchObject([{ matched: 2, discarded: 0, letters: [] }]);
    expect(await jsons('discard', { ...chosen, options: { most: 1 } })).toMatchObject([
      { matched: 1, discarded: 1, letters: [{ body: { task_id: 'a' } }] },
    ]);
    expect(await jsons('replay', { which: 'all', options: { dryRun: true } })).toMatchObject([
      { matched: 2, replayed: 0 },
    ]);
    await world.plain.waitForDepth(DEAD, 2);
  });

  it.each<[string, string, IDataObject]>([
    ['Letter IDs: is empty', 'replay', { which: 'ids', letterIds: '={{ null }}' }],
    ['Filters: are empty', 'discard', { which: 'filters', filters: {} }],
    ['Older Than (Minutes): ', 'getMany', { filters: { olderThan: -1 } }],
    ['Letters per Second: ', 'replay', { which: 'all', options: { perSecond: 0 } }],
    ['Edit: is not JSON', 'replay', { which: 'all', options: { edit: '{x' } }],
    ['Edit: ', 'replay', { which: 'all', options: { edit: '[1]' } }],
    ['There is no queue "nowhere.dead"', 'getMany', { queue: 'nowhere' }],
  ])('names what is wrong: %s', async (problem, operation, parameters) => {
    const { error } = await act(operation, parameters);
    expect(error?.message.slice(0, problem.length)).toBe(problem);
    expect(error?.description).toMatch(/\.$/);
  });
});
