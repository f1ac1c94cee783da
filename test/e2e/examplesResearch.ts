import type { ExamplesWorld } from './examplesWorld';
import type { Ask } from '../support/provider/ask';

const SOURCES = ['https://example.com/a', 'https://example.com/b'];
const PLAN = [
  { intent: 'extract', ref: SOURCES[0] },
  { intent: 'extract', ref: SOURCES[1] },
  { intent: 'analyse', ref: SOURCES[1] },
];

function answer({ text }: Ask): string {
  if (text.includes('Plan the research')) return JSON.stringify(PLAN);
  const [, document = ''] = /<document>\s*([\s\S]*?)\s*<\/document>/.exec(text) ?? [];
  if (text.includes('Write a report')) return `The report of ${document}`;
  return `${text.includes('Extract the facts') ? 'facts' : 'figures'} of ${document}`;
}

export function examplesResearch(started: () => ExamplesWorld): void {
  test('the research swarm plans, extracts, analyses, and reports what was found, in order', async () => {
    const world = started();
    world.provider.configure({ answer });
    await world.publish('research-swarm.json');
    const data = { question: 'Which is larger?', sources: SOURCES };
    await world.plain.publish('research', { task_id: 'r1', intent: 'research', data });
    const { report } = (await world.resultOf(':task:join-')) as { report: string };
    const found = JSON.parse(report.replace('The report of ', '')) as object[];
    expect(found).toEqual([
      { intent: 'extract', ref: SOURCES[0], state: 'done', result: `facts of ${SOURCES[0]}` },
      { intent: 'extract', ref: SOURCES[1], state: 'done', result: `facts of ${SOURCES[1]}` },
      { intent: 'analyse', ref: SOURCES[1], state: 'done', result: `figures of ${SOURCES[1]}` },
    ]);
  });
}
