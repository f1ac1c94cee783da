import { readExample } from '../../scripts/demo/workflows';
import type { ExamplesWorld } from './examplesWorld';

const FILE = 'document-pipeline.json';
const TITLES = ['One', 'Two', 'Three'];
const body = (title: string) => `${title} is about swarms. The rest is silence.`;

export function examplesDocuments(started: () => ExamplesWorld): void {
  let world: ExamplesWorld;

  beforeAll(async () => {
    world = started();
    world.provider.configure({ answer: ({ text }) => `Summary of ${titleIn(text)}` });
    await world.sql(await tableOnTheNote());
    const rows = TITLES.map((title) => `('${title}', '${body(title)}', 'new')`);
    rows.push(`('Old', 'Summarised before.', 'done')`);
    await world.sql(`INSERT INTO documents (title, body, status) VALUES ${rows.join(', ')}`);
  });

  test('the document pipeline summarises each new row once, and marks it done', async () => {
    const workflow = await world.publish(FILE);
    const sent = await world.send(workflow, 'Dispatch');
    expect(sent).toHaveLength(TITLES.length);
    for (const { key } of sent) await world.tasks.named(key, 'done', 120_000);
    expect(await world.sql('SELECT id, title, summary, status FROM documents ORDER BY id')).toEqual(
      [
        ['1', 'One', 'Summary of One', 'done'],
        ['2', 'Two', 'Summary of Two', 'done'],
        ['3', 'Three', 'Summary of Three', 'done'],
        ['4', 'Old', '', 'done'],
      ],
    );
    const asked = world.provider.calls.map(({ taskId }) => taskId);
    for (const { task_id } of sent) {
      expect(asked.filter((taskId) => taskId === task_id)).toHaveLength(1);
    }
    expect(await world.send(workflow, 'Dispatch')).toEqual([]);
  });

  test('a document whose row is gone is a dead letter that says so', async () => {
    const task = { task_id: 'gone', intent: 'summarise', ref: 'pg:documents/999' };
    await world.plain.publish('documents', task);
    expect(await world.deadOf('documents')).toMatchObject({
      reason: 'dead_lettered',
      message: 'There is no row for pg:documents/999',
    });
  });
}

const titleIn = (text: string) => /document "(\w+)"/.exec(text)?.[1];

/** What the note of the example tells people to run. */
async function tableOnTheNote(): Promise<string> {
  const { nodes } = await readExample(FILE);
  const note = nodes.find(({ name }) => name === 'About')?.parameters.content as string;
  const [, sql = ''] = /```\n([^`]+)```/.exec(note) ?? [];
  return sql;
}
