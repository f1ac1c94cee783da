import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '../..');
const BOARD = readFileSync(join(ROOT, 'examples/monitoring/grafana-dashboard.json'), 'utf8');

/** What Grafana's own schema, which it publishes as types, has against a dashboard. */
function refusals(board: string): string[] {
  const path = join(ROOT, 'board.ts');
  // In JSON the names of an enumeration are texts.
  const text = `
    import type { Dashboard } from '@grafana/schema';
    type Json<T> = T extends string ? \`\${T}\` : T extends (infer U)[] ? Json<U>[]
      : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
    export const board: Json<Dashboard> = ${board};`;
  const options: ts.CompilerOptions = {
    ...{ noEmit: true, strict: true, skipLibCheck: true, types: [] },
    ...{ module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022 },
  };
  const host = ts.createCompilerHost(options);
  const onDisk = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version, ...rest) =>
    name === path ? ts.createSourceFile(name, text, version) : onDisk(name, version, ...rest);
  const program = ts.createProgram([path], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

test('the dashboard is one by the schema of Grafana', () => {
  expect(refusals(BOARD)).toEqual([]);
}, 30_000);

test.each([
  ['"type": "timeseries"', '"type": 5'],
  ['"templating"', '"templates"'],
])(
  '%s written as %s is found',
  (right, wrong) => {
    expect(BOARD).toContain(right);
    expect(refusals(BOARD.replace(right, wrong))).toHaveLength(1);
  },
  30_000,
);
