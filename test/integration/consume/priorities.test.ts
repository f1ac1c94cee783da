import type { DeliveryItem } from '../../../src/contract/run';
import type { RunEnd } from '../../../src/contract/verdicts';
import { TestHost, type World } from '../../support/world';
import { inSteadyWorlds } from './steadyWorld';

let world: World;
inSteadyWorlds((fresh) => {
  world = fresh;
});

const URGENT = 9;
const [USUAL_COUNT, URGENT_COUNT] = [30, 10];

/** Tells which ran in which order; the first run holds all others back until `open`. */
class Gate extends TestHost {
  readonly ran: string[] = [];
  open: () => void = () => undefined;
  private readonly opened = new Promise<void>((resolve) => (this.open = resolve));

  constructor(private readonly endOf: (id: string, times: number) => RunEnd) {
    super();
  }

  override async start([item]: readonly DeliveryItem[]): Promise<RunEnd> {
    const id = item?.task_id ?? '';
    this.ran.push(id);
    await this.opened;
    return this.endOf(id, this.ran.filter((each) => each === id).length);
  }
}

async function send(name: string, count: number, priority?: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const id = `${name}-${n}`;
    const properties = { messageId: id, ...(priority !== undefined && { priority }) };
    await world.plain.publish('work', { task_id: id, intent: 'x', tenant: name }, properties);
  }
}

/** A queue with work behind a run that goes on, the urgent tasks last. */
async function fill(
  { lanes = 0, usual = USUAL_COUNT },
  endOf: (id: string, times: number) => RunEnd,
) {
  const host = new Gate(endOf);
  const retry = { baseMs: 100, capMs: 100 };
  const running = await world.consume({ prefetch: 1, priorities: true, lanes, retry }, host);
  await send('first', 1);
  await world.plain.waitForDepth('work', 0);
  await send('usual', usual);
  await send('urgent', URGENT_COUNT, URGENT);
  const { broker } = await running.event('ready');
  await waiting(broker, lanes, usual + URGENT_COUNT);
  host.open();
  return { ...running, host };
}

/** Where the tasks wait: behind the queue before RabbitMQ 4, in it from then on. */
async function waiting(version: string, lanes: number, count: number): Promise<void> {
  if (Number(version.split('.')[0]) >= 4 && lanes === 0) {
    return await world.plain.waitForDepth('work', count);
  }
  await world.plain.waitForDepth('work', 0);
  await world.plain.waitForUnacked('work', 0);
}

const done = (): RunEnd => ({ kind: 'succeeded' });

test.each([0, 2])(
  'urgent tasks overtake, and the others go on: %i lanes of tenants',
  async (lanes) => {
    const { host, settled } = await fill({ lanes }, done);
    await settled(1 + USUAL_COUNT + URGENT_COUNT);
    const order = host.ran.map((id) => id.split('-')[0]);
    const last = order.lastIndexOf('urgent');
    const overtaken = order.slice(0, last).filter((name) => name === 'usual').length;
    // Two for one: ten urgent ones let about five others pass. In turn it would be all thirty.
    expect(overtaken).toBeGreaterThanOrEqual(2);
    expect(overtaken).toBeLessThanOrEqual(8);
    expect(new Set(host.ran).size).toBe(1 + USUAL_COUNT + URGENT_COUNT);
  },
);

test('an urgent task that failed comes back as urgent', async () => {
  const usual = 300;
  const { host, settled } = await fill({ usual }, (id, times) =>
    id === 'urgent-0' && times === 1
      ? { kind: 'failed', error: { name: 'Error', message: 'once' } }
      : done(),
  );
  await settled(2 + usual + URGENT_COUNT);
  const again = host.ran.lastIndexOf('urgent-0');
  expect(host.ran.indexOf('urgent-0')).toBeLessThan(again);
  const overtaken = host.ran.slice(again).filter((id) => id.startsWith('usual')).length;
  // In turn it would come last.
  expect(overtaken).toBeGreaterThan(0);
});
