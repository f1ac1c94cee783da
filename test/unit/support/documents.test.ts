import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findDocuments } from '../../support/documents';

describe('the real documents', () => {
  test('are several hundred in every clone', () => {
    expect(findDocuments().length).toBeGreaterThan(300);
  });

  test('are the same list every time, sorted, each id once and fit for a URL', () => {
    const ids = findDocuments().map(({ id }) => id);
    expect(ids).toEqual(findDocuments().map(({ id }) => id));
    expect(ids).toEqual([...new Set(ids)].sort());
    for (const id of ids) expect(encodeURIComponent(id)).toBe(id);
  });

  test('are as large as they say, and none is tiny', () => {
    for (const { path, bytes, title } of findDocuments({ limit: 50 })) {
      expect(readFileSync(path).length).toBe(bytes);
      expect(bytes).toBeGreaterThanOrEqual(400);
      expect(title).not.toBe('');
    }
  });

  test('are at most as many as asked for, the first ones', () => {
    const ten = findDocuments({ limit: 10 });
    expect(ten).toEqual(findDocuments().slice(0, 10));
  });

  test('are found in scoped packages, with their title, and stubs are left out', () => {
    const root = mkdtempSync(join(tmpdir(), 'documents-'));
    const write = (name: string, text: string) => {
      mkdirSync(join(root, 'node_modules', name), { recursive: true });
      writeFileSync(join(root, 'node_modules', name, 'README.md'), text);
    };
    write('stub', '# stub');
    write('@scope/one', `<h1></h1>\n# [One](http://one) \`x\`\n${'word '.repeat(100)}`);
    write('two', 'word '.repeat(100));
    const found = findDocuments({ root }).map(({ id, title }) => ({ id, title }));
    rmSync(root, { recursive: true });
    expect(found).toEqual([
      { id: 'scope__one', title: 'One x' },
      { id: 'two', title: 'two' },
    ]);
  });
});
