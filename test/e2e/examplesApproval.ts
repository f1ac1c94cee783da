import type { ExamplesWorld } from './examplesWorld';

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const PREVIEW = 'Slackbot-LinkExpanding 1.0';

/** What a person is asked: the draft, and the links that answer. */
interface Question {
  readonly to: string;
  readonly draft: string;
  readonly yes: string;
  readonly no: string;
}

export function examplesApproval(started: () => ExamplesWorld): void {
  let world: ExamplesWorld;

  beforeAll(async () => {
    world = started();
    const { witness, provider } = world;
    provider.configure({ answer: ({ taskId }) => `Draft of ${taskId}` });
    const idOfTask = "{{ $('Drafts').first().json.task_id }}";
    await world.publish('approval.json', {
      Drafts: { prefetch: 1 },
      'Ask a Person': { url: `=${witness.url}/effects/ask-${idOfTask}` },
      Send: { url: `=${witness.url}/effects/send-${idOfTask}` },
    });
  });

  /** The question about a task that is parked. */
  async function parked(id: string): Promise<Question> {
    await world.tasks.named(`:task:${id}`, 'waiting', 120_000);
    const [asked] = world.witness.bodies(`ask-${id}`);
    return JSON.parse(asked ?? '{}') as Question;
  }

  async function draft(id: string): Promise<void> {
    const data = { to: `${id}@example.com`, message: 'Where is my order?' };
    await world.plain.publish('drafts', { task_id: id, intent: 'answer', data });
  }

  /** A worker does not know the address of the main, so the link is opened there. */
  async function open(link: string, agent = BROWSER): Promise<number> {
    const { pathname, search } = new URL(link);
    const address = `${world.n8n.url}${pathname}${search}`;
    return (await fetch(address, { headers: { 'user-agent': agent } })).status;
  }

  const sentOf = (id: string) =>
    world.witness.bodies(`send-${id}`).map((body): unknown => JSON.parse(body));

  test('drafts wait for a person beside each other, and only what was approved is sent', async () => {
    await draft('d1');
    await draft('d2');
    // Prefetch is 1: the second one begins because the first one is parked.
    const [first, second] = await Promise.all([parked('d1'), parked('d2')]);
    expect(first).toMatchObject({ to: 'd1@example.com', draft: 'Draft of d1' });
    expect(second).toMatchObject({ to: 'd2@example.com', draft: 'Draft of d2' });

    expect(await open(first.yes, PREVIEW)).toBe(403);
    expect(await open(first.yes)).toBe(200);
    expect(await world.resultOf(':task:d1')).toEqual({ sent: 'Draft of d1' });
    expect(await open(second.no)).toBe(200);
    expect(await world.deadOf('drafts')).toMatchObject({
      reason: 'dead_lettered',
      message: 'a person said no',
    });
    expect(sentOf('d1')).toEqual([{ to: 'd1@example.com', text: 'Draft of d1' }]);
    expect(sentOf('d2')).toEqual([]);
    expect(await open(second.yes)).toBe(409);
  });

  test('a draft that was approved and cannot be sent is a dead letter, and nobody is asked again', async () => {
    world.answerWith('send-d3', () => 503);
    await draft('d3');
    const { yes } = await parked('d3');
    expect(await open(yes)).toBe(200);
    expect(await world.deadOf('drafts')).toMatchObject({
      reason: 'dead_lettered',
      message: expect.stringMatching(/^approved, but not sent: .*503/),
    });
    expect(sentOf('d3')).toHaveLength(3);
    expect(world.witness.bodies('ask-d3')).toHaveLength(1);
  });
}
