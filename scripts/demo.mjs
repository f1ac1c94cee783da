import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { planServers, serverNotices } from './demo/plan.mjs';
import { buildPack } from './setup/build.mjs';
import { dependencies, isOutdated } from './setup/dependencies.mjs';
import { n8nHost, n8nNotice } from './setup/n8nHost.mjs';
import { findNode24, node24, nodePackage } from './setup/node24.mjs';
import { repository } from './setup/prepare.mjs';
import { say, step } from './setup/say.mjs';
import { programs } from './setup/programs.mjs';

const USAGE = `Usage: npm run demo [-- --once] [-- --documents <count>]

Installs what is missing, starts n8n with the pack, and lets it summarise real documents.
  --once               end after the table; without it, and on a terminal, the editor stays open
  --documents <count>  how many documents, 1 to 5000; 300, or 25 when a real provider is asked

RABBITMQ_URL, REDIS_URL              use these servers instead of starting some
OPENAI_API_KEY and OPENAI_BASE_URL   ask this provider instead of a stand-in (OPENAI_MODEL names the model)
`;

function readArguments() {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      documents: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const count = values.documents === undefined ? undefined : Number(values.documents);
  if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= 5000)) {
    throw new Error('--documents takes a whole number from 1 to 5000');
  }
  return { ...values, documents: count };
}

/** What will be installed and how large it is, before anything happens. */
function announce(plan) {
  const notices = [
    isOutdated(repository) && 'npm packages of this repository: 500 MB',
    !findNode24() && `Node ${nodePackage().version}: 200 MB`,
    n8nNotice(),
    ...serverNotices(plan),
  ].filter(Boolean);
  if (notices.length === 0) return;
  say('What is not there yet will be installed first:');
  for (const notice of notices) say(`  ${notice}`);
}

/** The second stage, in TypeScript. It ends by itself on Ctrl-C, in order: we wait for it. */
async function show(node, env) {
  const loader = pathToFileURL(join(repository, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
  const main = join(repository, 'scripts', 'demo', 'main.ts');
  const child = spawn(node, ['--import', loader, main], { cwd: repository, env, stdio: 'inherit' });
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

async function main() {
  const { once, documents, help } = readArguments();
  if (help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const plan = await planServers();
  announce(plan);
  await dependencies(repository);
  const local = Object.keys(plan).filter((name) => plan[name].kind === 'local');
  const found = await programs(local);
  const node = await node24();
  found.AGENT_SWARM_N8N = await n8nHost(node);
  found.AGENT_SWARM_NODE = node.bin;
  await step('Building the pack', () => buildPack(repository));
  const settings = { stayOpen: !once && process.stdout.isTTY === true, documents, servers: plan };
  return await show(node.bin, {
    ...process.env,
    ...found,
    AGENT_SWARM_DEMO: JSON.stringify(settings),
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
