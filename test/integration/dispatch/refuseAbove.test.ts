import { withPublisher } from '../../../src/broker/pool';
import { dispatch, type DispatchResult } from '../../../src/dispatch/dispatch';
import type { DispatchRequest } from '../../../src/dispatch/request';
import { newWorld, type World } from '../../support/world';

jest.setTimeout(60_000);

/** A queue that holds enough takes no more through Dispatch, and the sender is told so. */
describe('Refuse Above', () => {
  let world: World;

  beforeAll(async () => {
    world = await newWorld();
  });
  afterAll(() => world.end());

  const send = (
    count: number,
    to: DispatchRequest['to'],
    refuseAbove: number,
  ): Promise<DispatchResult[]> =>
    withPublisher(world.broker, (publisher) =>
      dispatch({
        count,
        request: (index) => ({ to, intent: 'extract', taskId: `t${index}` }),
        publisher,
        settings: { refuseAbove },
      }),
    );
  const fill = async (queue: string, count: number) => {
    await world.plain.declare(queue);
    for (let task = 0; task < count; task += 1) {
      await world.plain.publish(queue, { task_id: `old${task}`, intent: 'x' });
    }
  };
  const codes = (results: readonly DispatchResult[]) =>
    results.map((result) => (result.ok ? 'sent' : (result.error as { code: string }).code));

  it('lets a queue be filled up to the bound, and sends nothing beyond it', async () => {
    await fill('depth', 3);
    const results = await send(4, { kind: 'queue', queue: 'depth' }, 5);
    expect(codes(results)).toEqual(['sent', 'sent', 'queue_full', 'queue_full']);
    expect(await world.plain.depth('depth')).toMatchObject({ ready: 5 });
    const again = await send(1, { kind: 'queue', queue: 'depth' }, 5);
    expect(codes(again)).toEqual(['queue_full']);
    expect((again[0] as { error: Error }).error.message).toContain('"depth" holds 5');
  });

  it('takes tasks again once others were taken out', async () => {
    await fill('drained', 5);
    await world.plain.take('drained', 2);
    await world.plain.waitForDepth('drained', 3);
    expect(codes(await send(3, { kind: 'queue', queue: 'drained' }, 5))).toEqual([
      'sent',
      'sent',
      'queue_full',
    ]);
  });

  it('counts what waits in the lanes behind the queue', async () => {
    await fill('laned', 1);
    await fill('laned.lane.0', 2);
    await fill('laned.lane.1', 1);
    const results = await send(2, { kind: 'queue', queue: 'laned' }, 5);
    expect(codes(results)).toEqual(['sent', 'queue_full']);
  });

  it('says of a queue that is not there that it is not, and of an exchange that it has no depth', async () => {
    const [missing] = await send(1, { kind: 'queue', queue: 'nowhere' }, 5);
    expect(missing).toMatchObject({
      error: { code: 'not_found', message: 'There is no queue "nowhere".' },
    });
    const [exchange] = await send(1, { kind: 'exchange', exchange: 'amq.topic' }, 5);
    expect(exchange).toMatchObject({ error: { name: 'InputError' } });
    expect((exchange as { error: Error }).error.message).toContain('Refuse Above');
  });
});
