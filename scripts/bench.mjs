import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { repository } from './setup/prepare.mjs';
import { endWith, runTool } from './setup/tool.mjs';

function benches() {
  try {
    return readdirSync(join(repository, 'test', 'bench'))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => basename(file, '.ts'));
  } catch {
    return [];
  }
}

async function main([name, ...args]) {
  if (!benches().includes(name)) {
    const unknown = name ? `There is no bench ${name}. ` : '';
    console.error(`${unknown}npm run bench -- <name> [arguments]; names: ${benches().join(', ')}`);
    return 2;
  }
  return await runTool(join('bench', `${name}.ts`), args);
}

await endWith(main(process.argv.slice(2)));
