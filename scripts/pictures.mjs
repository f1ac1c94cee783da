import { endWith, runTool } from './setup/tool.mjs';

await endWith(runTool('pictures.ts', [], 'e2e'));
