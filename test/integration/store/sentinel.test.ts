import { storeSchema, type StoreSettings } from '../../../src/contract/settings';
import { Store } from '../../../src/store/store';
import { startFaultProxy } from '../../support/faultProxy';
import { startSentinelSet, type SentinelSet } from '../../support/redisSentinel';
import { newWorld, type World } from '../../support/world';
import { outcome } from './asking';
import { startFlow } from './flow';

jest.setTimeout(60_000);

let world: World;
let set: SentinelSet;
let settings: StoreSettings;

beforeAll(async () => {
  [world, set] = await Promise.all([newWorld(), startSentinelSet()]);
  settings = storeSchema.parse({ kind: 'sentinel', sentinels: set.sentinels });
});
afterAll(async () => {
  await world?.end();
  await set?.stop();
});

/** Who is primary now, and who follows. */
async function roles() {
  const port = await set.primaryPort();
  const [one, two] = set.servers;
  return one.port === port ? { primary: one, replica: two } : { primary: two, replica: one };
}

test('a primary that is killed costs no task: the consumer goes on by itself, and hears words again', async () => {
  const flow = await startFlow(world, settings);
  await flow.publish(100);
  await flow.ended(50);
  const { primary, replica } = await roles();
  await primary.kill();
  await flow.publish(200);
  await set.promoted(replica);
  const promotedAt = performance.now();
  await flow.ended(300);
  expect(performance.now() - promotedAt).toBeLessThan(5000);
  await flow.expectHears();
  await flow.expectEachDoneOnce();
  await flow.close();
  await primary.start();
  await set.rejoin(primary);
});

test('a planned failover loses no task either, also without the Sentinel that is named first', async () => {
  await set.killSentinel(0);
  const flow = await startFlow(world, settings);
  await flow.publish(100);
  await flow.ended(50);
  const { replica } = await roles();
  await set.failover();
  await flow.publish(100);
  await set.promoted(replica);
  await flow.ended(200);
  await flow.expectHears();
  await flow.expectEachDoneOnce();
  await flow.close();
});

test('a Sentinel that takes connections and says nothing holds nobody up for long', async () => {
  const deaf = await startFaultProxy({ port: set.sentinels[1]?.port ?? 0 });
  deaf.halfOpen();
  const sentinels = [{ host: deaf.host, port: deaf.port }, ...set.sentinels.slice(1)];
  const opening = outcome(Store.open(storeSchema.parse({ kind: 'sentinel', sentinels }), 'once'));
  const { answer, ms } = await opening;
  expect(ms).toBeLessThan(5000);
  (answer as Store).close();
  await deaf.stop();
});

test('when no server and no Sentinel is left, calls fail within about two seconds', async () => {
  const store = await Store.open(settings, 'once');
  const { primary, replica } = await roles();
  await replica.kill();
  await primary.kill();
  const first = await outcome(store.ask((client) => client.ping()));
  await Promise.all([set.killSentinel(1), set.killSentinel(2)]);
  const second = await outcome(store.ask((client) => client.ping()));
  for (const { error, ms } of [first, second]) {
    expect(error).toMatchObject({ name: 'UnavailableError' });
    expect(ms).toBeLessThan(2500);
  }
  store.close();
});
