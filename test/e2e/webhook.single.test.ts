import { personalise, readExample, runDispatch } from '../../scripts/demo/workflows';
import { startSwarmWorld, type SwarmWorld } from '../support/swarmWorld';

jest.setTimeout(180_000);

const BOUND = 5;

/** The example that takes tasks by webhook, imported as it is but for a smaller bound. */
describe('tasks by webhook', () => {
  let world: SwarmWorld;

  beforeAll(async () => {
    world = await startSwarmWorld({ mode: 'single' });
    const { n8n, plain, credentials } = world;
    await plain.declare('documents');
    const example = await readExample('webhook-to-queue.json');
    const changes = { Dispatch: { options: { refuseAbove: BOUND } } };
    await n8n.api.activate(
      await n8n.api.createWorkflow(personalise(example, credentials, changes)),
    );
  });
  afterAll(() => world?.stop());

  const post = async (body: object) => {
    const answer = await fetch(`${world.n8n.url}/webhook/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const json = (await answer.json()) as Record<string, unknown>;
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), json };
  };

  it('are accepted with 202 once the broker has confirmed them', async () => {
    const { status, json } = await post({
      intent: 'summarise',
      ref: 'pg:documents/1',
      data: { page: 1 },
    });
    expect([status, json]).toEqual([202, { task_id: expect.any(String) }]);
    const [message] = await world.plain.take('documents', 1);
    expect(message?.body).toMatchObject({
      task_id: json.task_id,
      intent: 'summarise',
      ref: 'pg:documents/1',
      data: { page: 1 },
    });
    await world.plain.drain('documents');
  });

  it('are refused with 400 and the field when something is wrong with them', async () => {
    const { status, json } = await post({ ref: 'pg:documents/2' });
    expect(status).toBe(400);
    expect(json).toMatchObject({ code: 'bad_input', error: expect.stringMatching(/^Intent/) });
  });

  it('are refused with 503 and Retry-After while the queue is too deep, and taken again after that', async () => {
    for (let task = 0; task < BOUND; task += 1) {
      expect(await post({ intent: 'summarise', ref: `pg:deep/${task}` })).toMatchObject({
        status: 202,
      });
    }
    const refused = await post({ intent: 'summarise', ref: 'pg:deep/more' });
    expect(refused).toMatchObject({ status: 503, retryAfter: '30', json: { code: 'queue_full' } });
    await world.plain.drain('documents');
    expect((await post({ intent: 'summarise', ref: 'pg:deep/more' })).status).toBe(202);
  });

  it('are refused with 503 while RabbitMQ is away', async () => {
    await world.broker.stop();
    const { status, json } = await post({ intent: 'summarise', ref: 'pg:documents/3' });
    expect(status).toBe(503);
    expect(json.error).toMatch(/RabbitMQ/);
  });
});

test('the example for the first minutes greets, imported as it is', async () => {
  const world = await startSwarmWorld({ mode: 'single' });
  try {
    const { n8n, credentials } = world;
    const hello = personalise(await readExample('hello-swarm.json'), credentials, {});
    const workflow = await n8n.api.createWorkflow(hello);
    await n8n.api.activate(workflow);
    expect(await runDispatch(n8n.api, workflow.id, 'When You Say So', 'Dispatch')).toBe(1);
    const ends = await n8n.api.recorded(2, { workflowId: workflow.id });
    const greeted = ends.flatMap(({ data }) => data?.resultData.runData.Greet ?? []);
    expect(greeted[0]?.data?.main?.[0]?.[0]?.json).toEqual({ greeting: 'Hello swarm, attempt 1' });
  } finally {
    await world.stop();
  }
});
