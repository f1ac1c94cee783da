import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { renderLicences } from '../../scripts/docs/licences';
import { runtimePackages } from '../../scripts/docs/runtimePackages';

const ROOT = join(__dirname, '../..');

test('docs/licences.md is what package-lock.json says: npm run docs writes it', () => {
  const written = readFileSync(join(ROOT, 'docs/licences.md'), 'utf8');
  expect(written).toBe(renderLicences());
});

test('what comes with the pack may go where MIT goes, and asks for no script when n8n installs it', () => {
  const packages = runtimePackages();
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const names = packages.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
  const allowed = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD'];
  expect(packages.filter(({ licence }) => !allowed.includes(licence))).toEqual([]);
  expect(packages.filter(({ hasInstallScript }) => hasInstallScript)).toEqual([]);
});
