import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

import { Command } from 'commander';

import { InputError, isSwarmError, messageOf, withRemedy } from '../contract/errors';
import { Store } from '../store/store';
import { knownClusters, type KnownClusters } from '../word/clusters';
import { standingScopes, type StandingScope } from '../word/scopes';
import { brokerSettings, withBrokerFlags, type BrokerFlags } from './brokerOptions';
import { brokerFindings } from './doctor/broker';
import { claimFindings } from './doctor/claims';
import { LEVELS, type Finding } from './doctor/finding';
import { hostFindings, type Environment } from './doctor/host';
import { storeFindings } from './doctor/store';
import { jsonText } from './json';
import { countOf } from './numbers';
import { storeSettings, withStoreFlags, type StoreFlags } from './storeOptions';
import type { Exit, Terminal } from './terminal';

interface Flags extends BrokerFlags, StoreFlags {
  readonly n8nEnv?: string;
  readonly workers?: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** `agent-swarm doctor`: which settings of RabbitMQ, Redis and n8n break a promise, and what to do. */
export function doctorCommand(terminal: Terminal, exit: Exit): Command {
  const command = new Command('doctor')
    .description(
      'Looks for settings of RabbitMQ, Redis and n8n that lose, double or stall tasks. Changes nothing. Exit code 1 when it found a problem.',
    )
    .option('--n8n-env <file>', 'variables that n8n is started with; else those set here')
    .option('--workers <count>', 'workers of n8n, in queue mode')
    .option('--strict', 'exit code 1 for warnings as well')
    .option('--json', 'as JSON');
  return withStoreFlags(withBrokerFlags(command)).action(async (flags: Flags) => {
    const found = await examine(flags, terminal.env);
    terminal.out(flags.json ? `${jsonText(found, 2)}\n` : told(found));
    const bad = flags.strict ? ['problem', 'warning'] : ['problem'];
    if (found.some(({ level }) => bad.includes(level))) exit(1);
  });
}

async function examine(flags: Flags, env: Terminal['env']): Promise<Finding[]> {
  const broker = brokerSettings(flags, env);
  const settings = storeSettings(flags, env);
  const host = hostOf(flags, env);
  const workers = countOf('--workers', flags.workers);
  let scopes: readonly StandingScope[] = [];
  let clusters: KnownClusters = {};
  const here = () => scopes.filter(({ vhost }) => vhost === broker.vhost);
  const found: Finding[] = [];
  const looking = async (check: string, source: string, look: () => Promise<Finding[]>) => {
    try {
      found.push(...(await look()));
    } catch (error) {
      if (!isSwarmError(error)) throw error;
      found.push({ level: 'problem', check, said: withRemedy(error), source });
    }
  };
  let store: Store | undefined;
  try {
    await looking('redis', 'Redis', async () => {
      store = await Store.open(settings, 'once');
      scopes = await standingScopes(store);
      clusters = await knownClusters(store);
      return await storeFindings(store, scopes);
    });
    await looking('rabbitmq', 'RabbitMQ', () => brokerFindings(broker, here(), clusters));
    const opened = store;
    if (opened) {
      await looking('claim_ttl', 'RabbitMQ', () => claimFindings(broker, opened, here()));
    }
  } finally {
    store?.close();
  }
  found.push(...hostFindings(host.env, host.source, scopes, workers));
  return found.sort((one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level));
}

function hostOf(
  { n8nEnv: file }: Flags,
  env: Environment,
): { readonly env: Environment; readonly source: string } {
  if (file === undefined) return { env, source: 'variables set here' };
  try {
    return { env: parseEnv(readFileSync(file, 'utf8')), source: file };
  } catch (error) {
    throw new InputError('--n8n-env', messageOf(error), 'Name a file of lines like NAME=value.');
  }
}

const WIDTH = 8;

function told(found: readonly Finding[]): string {
  const lines = found.flatMap(({ level, check, said, remedy, source }) => [
    `${level.toUpperCase().padEnd(WIDTH)} ${check}: ${said} (${source})`,
    ...(remedy === undefined ? [] : [`${' '.repeat(WIDTH)} -> ${remedy}`]),
  ]);
  const counts = LEVELS.map((level) => {
    const count = found.filter((one) => one.level === level).length;
    return `${count} ${level}`;
  });
  return `${[...lines, counts.join(', ')].join('\n')}\n`;
}
