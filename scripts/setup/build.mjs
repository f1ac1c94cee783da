import { join } from 'node:path';
import { run } from './run.mjs';

/** What `npm run build` does, for Node directly: no shell, and no npx that would ask the network. */
export const buildCommands = (repository) => {
  const tool = (path) => join(repository, 'node_modules', path);
  return [
    [tool('gulp/bin/gulp.js'), 'clean'],
    [tool('typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
    [tool('gulp/bin/gulp.js'), 'assets', 'program'],
  ];
};

/** Builds quietly; an error carries what the tools said. */
export async function buildPack(repository) {
  for (const command of buildCommands(repository)) {
    await run(process.execPath, command, { cwd: repository });
  }
}
