import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { startEngineProcess, type EngineProcess } from '../../support/engineProcess';
import { storeForm } from '../../support/storeAddress';
import { newWorld, type World } from '../../support/world';

jest.setTimeout(120_000);

describe('Agent Swarm, Payload, in n8n', () => {
  let world: World;
  let n8n: EngineProcess;

  beforeAll(async () => {
    world = await newWorld();
    const store = storeForm(world.store);
    n8n = await startEngineProcess({ agentSwarmRedisApi: store });
  });

  afterAll(async () => {
    await n8n.stop();
    await world.end();
  });

  const payload = (
    operation: string,
    parameters: IDataObject,
    items: INodeExecutionData[] = [{ json: {} }],
    onError?: 'continueRegularOutput',
  ) => n8n.run({ parameters: { resource: 'payload', operation, ...parameters }, items, onError });

  it('stores the whole item by default, loads it, and deletes it once', async () => {
    const stored = await payload('store', {}, [{ json: { a: [1, null] } }, { json: { b: 'ä' } }]);
    const claims = stored.items.map(({ json }) => json.claim as string);
    expect(stored.items[0]).toMatchObject({
      json: {
        claim: expect.stringMatching(/^claim:/),
        content_type: 'application/json',
        bytes: 14,
      },
      pairedItem: { item: 0 },
    });
    const asked = claims.map((claim) => ({ json: { claim } }));
    const claim = '={{ $json.claim }}';
    const loaded = await payload('load', { claim }, asked);
    expect(loaded.items.map(({ json }) => json.payload)).toEqual([{ a: [1, null] }, { b: 'ä' }]);
    const deleted = await payload('delete', { claim }, [...asked, ...asked.slice(0, 1)]);
    expect(deleted.items.map(({ json }) => json.deleted).sort()).toEqual([false, true, true]);
    expect(await world.keys.keys()).toEqual([]);
    const gone = await payload('load', { claim }, asked);
    expect(gone.items.map(({ json }) => json)).toEqual(
      claims.map((name) => ({ claim: name, found: false })),
    );
  });

  it('stores a file and gives it back as one', async () => {
    const data = Buffer.from([0, 255, 10, 13, 128]);
    const file = { data: data.toString('base64'), mimeType: 'application/pdf' };
    const stored = await payload('store', { content: 'file' }, [
      { json: {}, binary: { data: file } },
    ]);
    expect(stored.items[0]?.json).toMatchObject({ content_type: 'application/pdf', bytes: 5 });
    const loaded = await payload('load', {
      claim: stored.items[0]?.json.claim,
      options: { binaryField: 'report' },
    });
    const report = loaded.items[0]?.binary?.report;
    expect(report?.mimeType).toBe('application/pdf');
    expect(Buffer.from(report?.data ?? '', 'base64').equals(data)).toBe(true);
  });

  it('keeps a payload as long as it says', async () => {
    await world.keys.clear();
    const { items } = await payload('store', { options: { ttlHours: 0.5 } });
    const [key] = await world.keys.keys();
    const left = await world.keys.redis.pttl(key as string);
    expect(left).toBeLessThanOrEqual(1_800_000);
    expect(left).toBeGreaterThan(1_700_000);
    const ends = Date.parse(items[0]?.json.expires_at as string);
    expect(Math.abs(ends - Date.now() - left)).toBeLessThan(5000);
  });

  it('can be told to fail when what it wants is missing', async () => {
    const stored = await payload('store', {});
    const claim = stored.items[0]?.json.claim as string;
    await world.keys.clear();
    const { error } = await payload('load', { claim, options: { ifMissing: 'fail' } });
    expect(error?.message).toBe(`Claim: nothing is stored under ${claim}`);
  });

  it.each<[string, string, IDataObject]>([
    ['Claim: "x" is not the name of a stored payload', 'load', { claim: '={{ "x" }}' }],
    ['Claim: "" is not the name of a stored payload', 'delete', { claim: '={{ null }}' }],
    ['Time to Live (Hours): ', 'store', { options: { ttlHours: 0 } }],
    ['Payload: is not JSON', 'store', { payload: '{x' }],
  ])('names the field that is wrong: %s', async (problem, operation, parameters) => {
    const { error } = await payload(operation, parameters);
    expect(error?.message.startsWith(problem)).toBe(true);
    expect(error?.description).toMatch(/\.$/);
  });

  it('fails a bad item alone when it is to continue', async () => {
    const { items } = await payload(
      'load',
      { claim: '={{ $json.claim }}' },
      [{ json: { claim: 'bad' } }, { json: { claim: `claim:${crypto.randomUUID()}` } }],
      'continueRegularOutput',
    );
    expect(items).toMatchObject([
      { json: { error: expect.any(String), details: { field: 'Claim' } }, pairedItem: { item: 0 } },
      { json: { found: false }, pairedItem: { item: 1 } },
    ]);
  });

  it('asks for the Redis credential by name', async () => {
    const { error } = await n8n.run({
      parameters: { resource: 'payload', operation: 'store' },
      items: [{ json: {} }],
      credentials: {},
    });
    expect(error?.message).toBe('Agent Swarm Redis: no credential is chosen');
  });
});
