const { chmod, rm } = require('node:fs/promises');
const { dest, src } = require('gulp');

/** What n8n reads beside the compiled files: icons, and the codex files that place a node in the panel. */
const ASSETS = ['nodes', 'credentials'].flatMap((folder) => [
  `${folder}/**/*.{svg,png}`,
  `${folder}/**/*.node.json`,
]);

// As bytes: read as text, a png is broken.
const assets = () => src(ASSETS, { base: '.', encoding: false }).pipe(dest('dist'));

/** What an older build left behind would be packed and loaded. */
const clean = () => rm('dist', { recursive: true, force: true });

/** npm does it for those who install; in a clone npx starts the file itself. */
const program = () => chmod('dist/src/cli/main.js', 0o755);

module.exports = { assets, clean, program };
