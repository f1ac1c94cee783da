import { integrationServers } from '../../support/integrationServers';
import { evaluate } from '../../support/rabbitMqConsole';
import { newWorld, TestHost, type World } from '../../support/world';

const TASKS = 100;

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.end());

const erlang = (act: string) =>
  evaluate(
    integrationServers().broker.consolePort,
    `{ok, Queue} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"${world.broker.vhost}">>, queue, <<"work">>)), ${act}`,
  );
/** The Raft server of the queue stops to take commands, as under a load that its disk does not bear, or goes on. */
const server = (act: 'suspend' | 'resume') =>
  erlang(`{Server, _} = amqqueue:get_pid(Queue), sys:${act}(Server)`);

/**
 * RabbitMQ's channel keeps acks of a quorum queue back while 32 commands are under way to it (rabbit_fifo_client), and forgets them
 * when it is closed. No client can see that.
 */
test('acks that RabbitMQ kept back when a consumer closed: the tasks come again, and none runs again', async () => {
  const host = new TestHost(() => undefined);
  const first = await world.consume({ prefetch: TASKS, drainMs: 20_000 }, host);
  for (let n = 0; n < TASKS; n += 1) {
    await world.plain.publish('work', { task_id: `t${n}`, intent: 'x' }, { messageId: `t${n}` });
  }
  await host.started(TASKS);
  const closing = first.close();
  // A consumer that was cancelled counts for as long as it has messages in hand, but takes no more.
  while ((await erlang('rabbit_amqqueue:consumers(Queue)')) !== '[]');
  await server('suspend');
  for (const [index, run] of host.runs.entries()) {
    run.end({ kind: 'succeeded' });
    await first.settled(index + 1);
  }
  await closing;
  await server('resume');
  await world.plain.waitForUnacked('work', 0);
  const { ready } = await world.plain.depth('work');
  expect(ready).toBeGreaterThan(0);
  const second = await world.consume({});
  const again = (await second.settled(ready)).map(({ verdict }) => verdict);
  expect(again).toEqual(again.map(() => ({ kind: 'dropped', state: 'done' })));
  expect(second.host.runs).toHaveLength(0);
  expect((await world.plain.depth('work')).ready).toBe(0);
});
