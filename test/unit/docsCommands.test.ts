import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { referenceSchema } from '../../src/contract/reference';

const ROOT = join(__dirname, '../..');
const pagesIn = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `${folder}/${file}`);
const pages = ['README.md', 'CONTRIBUTING.md', ...pagesIn('docs'), ...pagesIn('docs/examples')];
const text = (page: string) => readFileSync(join(ROOT, page), 'utf8');

const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
const benches = readdirSync(join(ROOT, 'test/bench')).map((file) => file.replace(/\.ts$/, ''));

/** What the fenced blocks of a page hold, by their language. */
function blocks(page: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm');
  return [...text(page).matchAll(fence)].map(([, body = '']) => body);
}

/** Commands that other tests run as they stand, with what they begin with. */
const RUN_ELSEWHERE = [
  // test/integration/broker/rights.test.ts
  'rabbitmqctl set_permissions ',
  // test/integration/broker/policies.test.ts
  'rabbitmqctl set_policy ',
  // test/e2e/install.*.test.ts
  'mkdir -p ~/.n8n/nodes && cd ~/.n8n/nodes',
  'npm install --omit=dev --omit=peer --ignore-scripts n8n-nodes-agent-swarm',
  // test/integration/compose.test.ts
  'cd examples/deploy',
  'cp .env.example .env',
  'docker compose up -d',
];

function isKnown(command: string): boolean {
  const [, script] = /^npm (?:run )?([\w:]+)/.exec(command) ?? [];
  if (script !== undefined && script in scripts) return true;
  return RUN_ELSEWHERE.some((known) => command.startsWith(known));
}

describe.each(pages)('%s', (page) => {
  it('gives commands that there are', () => {
    const lines = blocks(page, 'sh').flatMap((block) => block.split('\n'));
    const commands = lines.map((line) => line.replace(/\s+#.*/, '').trim()).filter(Boolean);
    expect(commands.filter((command) => !isKnown(command))).toEqual([]);
  });

  it('names scripts, benches and test files that there are', () => {
    for (const [, script = ''] of text(page).matchAll(/npm run ([\w:]+)/g)) {
      expect(Object.keys(scripts)).toContain(script);
    }
    for (const [, bench = ''] of text(page).matchAll(/npm run bench -- (\w+)/g)) {
      expect(benches).toContain(bench);
    }
    for (const [, file = ''] of text(page).matchAll(/-- (test\/[\w/.]+)/g)) {
      const found = readdirSync(join(ROOT, dirname(file))).some((name) =>
        join(dirname(file), name).startsWith(file),
      );
      expect([file, found]).toEqual([file, true]);
    }
  });

  it('shows messages that a consumer takes', () => {
    for (const block of blocks(page, 'json')) {
      const shown = JSON.parse(block) as Record<string, unknown>;
      if ('task_id' in shown) expect(referenceSchema.safeParse(shown).error).toBeUndefined();
    }
    for (const [, inline = ''] of text(page).matchAll(/`(\{"task_id".*?\})`/g)) {
      expect(referenceSchema.safeParse(JSON.parse(inline)).error).toBeUndefined();
    }
  });

  it('links to what there is', () => {
    for (const [, link = ''] of text(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), file);
      expect([link, existsSync(target)]).toEqual([link, true]);
      if (anchor === undefined) continue;
      const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm)].map(
        ([, heading = '']) =>
          heading
            .toLowerCase()
            .replace(/[^\w\s-]/g, '')
            .trim()
            .replace(/\s/g, '-'),
      );
      expect(headings).toContain(anchor);
    }
  });
});
