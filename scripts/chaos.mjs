import { join } from 'node:path';
import { endWith, runTool } from './setup/tool.mjs';

await endWith(runTool(join('chaos', 'chaos.ts'), process.argv.slice(2)));
