import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readTree } from '../law/sources';

const ROOT = join(__dirname, '../../..');
const RIGHTS = 'src/store/rights.ts';

/** What a script makes by `pcall` it can do without. */
test('the test of a login tries every command that a script needs', () => {
  const sources = [...readTree(ROOT, ['src'])].filter(([path]) => path !== RIGHTS);
  const made = sources.flatMap(([, text]) =>
    [...text.matchAll(/redis\.call\('(\w+)'/g)].map(([, name = '']) => name),
  );
  expect(made).toContain('ZRANGEBYSCORE');
  const tried = readFileSync(join(ROOT, RIGHTS), 'utf8');
  const missing = [...new Set(made)].filter((name) => !tried.includes(`'${name}'`));
  // begin() makes these.
  expect(missing.filter((name) => !['HSET', 'SADD', 'ZADD', 'PEXPIRE'].includes(name))).toEqual([]);
});
