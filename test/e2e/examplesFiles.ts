import type { ExamplesWorld } from './examplesWorld';

const plain = (text: string) => ({ text, type: 'text/plain' });

export function examplesFiles(started: () => ExamplesWorld): void {
  let world: ExamplesWorld;

  beforeAll(async () => {
    world = started();
    world.provider.configure({ answer: ({ text }) => `Summary of ${documentIn(text)}` });
    const { objects } = world.objects;
    objects.set('documents/inbox/one.txt', plain('the first'));
    objects.set('documents/inbox/two.txt', plain('the second'));
    objects.set('documents/inbox/two.txt.summary.txt', plain('of an earlier day'));
    objects.set('documents/elsewhere/three.txt', plain('the third'));
  });

  test('files in S3 are summarised beside themselves, and the results refer to that', async () => {
    const workflow = await world.publish('s3-files.json');
    const sent = await world.send(workflow, 'Dispatch');
    const results = sent.map(({ key }) => world.resultOf(key));
    expect(await Promise.all(results)).toEqual([
      { ref: 's3://documents/inbox/one.txt.summary.txt' },
      { ref: 's3://documents/inbox/two.txt.summary.txt' },
    ]);
    expect(Object.fromEntries(world.objects.objects)).toEqual({
      'documents/inbox/one.txt': plain('the first'),
      'documents/inbox/one.txt.summary.txt': plain('Summary of the first'),
      'documents/inbox/two.txt': plain('the second'),
      'documents/inbox/two.txt.summary.txt': plain('Summary of the second'),
      'documents/elsewhere/three.txt': plain('the third'),
    });
  });

  test('a file that is not there is a dead letter at once', async () => {
    const task = { task_id: 'missing', intent: 'summarise', ref: 's3://documents/inbox/none.txt' };
    await world.plain.publish('files', task);
    expect(await world.deadOf('files')).toMatchObject({ reason: 'run_failed', http_status: 404 });
  });
}

const documentIn = (text: string) => /<document>\s*([\s\S]*?)\s*<\/document>/.exec(text)?.[1];
