import { s3Schema, type PayloadPlaces } from '../../../src/contract/payloadStores';
import { withPayloads } from '../../../src/payload/places';
import { closeIdleBuckets } from '../../../src/payload/s3Bucket';
import { startFaultProxy } from '../../support/faultProxy';
import { startSwift, type Swift } from '../../support/swift';
import { newWorld, NO_RETRY, TestHost, type World } from '../../support/world';
import { during } from './openBuckets';

jest.setTimeout(90_000);

let server: Swift;
let world: World;
beforeAll(async () => {
  server = await startSwift();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  await world.end();
  await closeIdleBuckets();
});

const placesOf = (more: object = {}): PayloadPlaces => {
  const { credential, bucket } = server;
  return { s3: s3Schema.parse({ ...credential, pathStyle: true, bucket, ...more }) };
};
const deposit = () =>
  withPayloads(placesOf(), 's3', (payloads) => payloads.deposit({ kind: 'json', value: 'kept' }));
const send = (id: string, ref: string) =>
  world.plain.publish('work', { task_id: id, intent: 'x', ref }, { messageId: id });

test('the key rotated under a running consumer: it reads the credential again and goes on', async () => {
  const { claim } = await deposit();
  let places = placesOf();
  const { host, event } = await world.consume(NO_RETRY, new TestHost(), {
    payloads: places,
    reread: {
      broker: async () => world.broker,
      store: async () => world.store,
      payloads: async () => places,
    },
  });
  await server.killAndStart('a-newer-secret');
  await send('a', claim);
  await event('away', ({ error }) => error.includes('refused the access key "swarm:tester"'));
  expect(host.runs).toHaveLength(0);
  places = placesOf();
  await host.started(1);
  expect(host.runs[0]?.items[0]).toMatchObject({ task_id: 'a', payload: 'kept' });
});

test('S3 away for longer than a delivery is held: the task goes round, and nothing is held for it', async () => {
  const { claim } = await deposit();
  const proxy = await during(startFaultProxy({ port: server.port }));
  const payloads = placesOf({ endpoint: `http://127.0.0.1:${proxy.port}` });
  const { host, settled } = await world.consume({ holdMs: 300 }, new TestHost(), { payloads });
  await proxy.close();
  await send('a', claim);
  const [round] = await settled(1);
  expect(round).toEqual({ messageId: 'a', verdict: { kind: 'sent_round', delayMs: 30_000 } });
  expect(host.runs).toHaveLength(0);
  await world.plain.waitForUnacked('work', 0);
  await proxy.open();
  expect((await settled(2))[1]).toEqual({ messageId: 'a', verdict: { kind: 'done' } });
  expect(host.runs[0]?.items[0]).toMatchObject({ payload: 'kept', swarm: { attempt: 1 } });
});
