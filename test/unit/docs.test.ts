import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { renderReference } from '../../scripts/docs/nodeReference';

test('docs/nodes.md is what n8n shows: npm run docs writes it', () => {
  const written = readFileSync(join(__dirname, '../../docs/nodes.md'), 'utf8');
  expect(written).toBe(renderReference());
});
