import { OWNER } from '../../test/support/n8nHttp';
import { Closing } from './closing';
import { countFigures } from './figures';
import { Progress } from './progress';
import { readRealProvider, readSettings, type DemoSettings } from './settings';
import { formatTable, isWrong } from './table';
import { doTheWork } from './work';
import { buildWorld, type World } from './world';

const began = performance.now();
const say = (text: string) => process.stdout.write(`${text}\n`);
const elapsed = () => `${Math.round((performance.now() - began) / 1000)} s`;

/** Ctrl-C ends in order; a second one at once. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interrupted.signal.aborted) process.exit(130);
      say('\nEnding in order; Ctrl-C again ends at once.');
      interrupted.abort(new Error('Interrupted'));
    });
  }
  return interrupted.signal;
}

async function show(closing: Closing, signal: AbortSignal): Promise<number> {
  const settings = readSettings(process.env);
  const realProvider = readRealProvider(process.env);
  say('Starting RabbitMQ, Redis and n8n with the pack ...');
  const world = await buildWorld(settings, realProvider, closing);
  signal.throwIfAborted();
  introduce(world, realProvider?.url);
  try {
    const work = await doTheWork(world, realProvider, new Progress(process.stdout), signal);
    if (work.stuck) say(`\n${work.stuck}\n${lastWords(world)}`);
    await work.unpublish();
    const figures = await countFigures(world, work);
    say(`\n${formatTable(figures)}\n`);
    const wrong = work.stuck !== undefined || figures.some(isWrong);
    if (wrong) say('Something is not as it must be: see above.');
    if (settings.stayOpen) {
      await work.publishAgain();
      await stayOpen(world, settings.servers, signal);
    }
    return wrong ? 1 : 0;
  } catch (error) {
    if (!signal.aborted) say(lastWords(world));
    throw error;
  }
}

/** Before it, n8n tells of its hundreds of migrations. */
const lastWords = ({ n8n }: World): string => n8n.logs().split('\n').slice(-25).join('\n');

function introduce({ servers, n8n, documents }: World, providerUrl: string | undefined): void {
  const lines = [
    `  RabbitMQ  ${servers.rabbitmq.where}`,
    `  Redis     ${servers.redis.where}`,
    `  n8n       ${n8n.url} with the pack, after ${elapsed()}`,
    `  LLM       ${providerUrl ?? 'a stand-in that speaks as OpenAI does'}`,
  ];
  say(lines.join('\n'));
  say(`Summarising ${documents.length} documents, the readme files of installed npm packages:`);
}

/** What a person may try next, on servers that are gone with the demo. Of others the address may hold a password. */
function shellLines(
  { servers, queue, keyPrefix }: World,
  places: DemoSettings['servers'],
): string[] {
  const own = places.rabbitmq.kind !== 'url' && places.redis.kind !== 'url';
  const program = 'npx n8n-nodes-agent-swarm';
  return [
    'The dead letters, and what is going on, from another shell in this folder:',
    ...(own
      ? [`  export RABBITMQ_URL=${servers.rabbitmq.url} REDIS_URL=${servers.redis.url}`]
      : []),
    `  ${program} dead-letters list ${queue}`,
    `  ${program} top --prefix ${keyPrefix}`,
  ];
}

async function stayOpen(
  world: World,
  places: DemoSettings['servers'],
  signal: AbortSignal,
): Promise<void> {
  const { n8n } = world;
  say(`The editor is at ${n8n.url}`);
  say(`  login     ${OWNER.email}`);
  say(`  password  ${OWNER.password}`);
  say('The workflows are there, and their runs under Executions.');
  for (const line of shellLines(world, places)) say(line);
  say('Ctrl-C ends everything.');
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
}

async function main(): Promise<number> {
  const signal = interruption();
  const closing = new Closing();
  try {
    return await show(closing, signal);
  } catch (error) {
    if (signal.aborted) return 130;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    for (const error of await closing.close()) process.stderr.write(`${error.message}\n`);
  }
}

void main().then((code) => process.exit(code));
