import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readMeasured, renderBenchmarks } from '../../scripts/docs/benchmarks';
import { renderReference } from '../../scripts/docs/nodeReference';

test('docs/nodes.md is what n8n shows: npm run docs writes it', () => {
  const written = readFileSync(join(__dirname, '../../docs/nodes.md'), 'utf8');
  expect(written).toBe(renderReference());
});

const ROOT = join(__dirname, '../..');

test.each([...renderBenchmarks()])('docs/%s is drawn from what was measured', (file, text) => {
  expect(readFileSync(join(ROOT, 'docs', file), 'utf8')).toBe(text);
});

test('the figures that README compares are those that were measured', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const { host, webhook, budget } = readMeasured();
  const { builtin, batch1, batch25, batch100 } = host.result.rates;
  const { dispatch, builtin: theirs } = webhook.result.latencies;
  const { rejected, calls } = budget.result.prefetch_only as { rejected: number; calls: number };
  for (const figure of [
    `${builtin} `,
    `${batch1}; ${batch25} with Batch Size 25, ${batch100} with 100`,
    `${Math.round(theirs?.p50_ms ?? NaN)} ms, not confirmed`,
    `${Math.round(dispatch?.p50_ms ?? NaN)} ms, confirmed`,
    `${Math.round((rejected / calls) * 100)} % rejected`,
  ]) {
    expect(readme).toContain(figure);
  }
  expect(budget.result.rpm.rejected).toBe(0);
});
