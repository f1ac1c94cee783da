import { statSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './run.mjs';
import { step } from './say.mjs';

const changed = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs;

/** True when node_modules is missing or older than what the lock file wants. */
export function isOutdated(repository) {
  const installed = changed(join(repository, 'node_modules', '.package-lock.json'));
  const wanted = changed(join(repository, 'package-lock.json'));
  return installed === undefined || (wanted !== undefined && wanted > installed);
}

export async function dependencies(repository) {
  if (!isOutdated(repository)) return;
  await step('Installing dependencies (about 500 MB)', async () => {
    await npm(['ci'], { cwd: repository });
  });
}
