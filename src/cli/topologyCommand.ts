import { readFileSync } from 'node:fs';

import { Command, Option } from 'commander';
import { parse } from 'yaml';

import { standing, type Standing } from '../broker/standing';
import { InputError, messageOf } from '../contract/errors';
import type { BrokerSettings, StoreSettings } from '../contract/settings';
import { apply } from '../topology/apply';
import { compare } from '../topology/compare';
import { definitionsOf } from '../topology/definitions';
import { readTopology, type TopologyFile } from '../topology/file';
import { terraformOf } from '../topology/terraform';
import { wantedBy, type Wanted } from '../topology/wanted';
import { brokerSettings, withBrokerFlags, type BrokerFlags } from './brokerOptions';
import { jsonText } from './json';
import { storeSettings, withStoreFlags, type StoreFlags } from './storeOptions';
import type { Exit, Terminal } from './terminal';
import { applyBudgets, compareBudgets } from './budgetLimits';
import { lint } from './topology/lint';
import { tellPlan, type Plan } from './topology/tellPlan';

interface Flags extends BrokerFlags, StoreFlags {
  readonly json?: boolean;
  readonly prune?: boolean;
}

interface ExportFlags {
  readonly format: keyof typeof FORMATS;
  readonly vhost: string;
  readonly for?: string;
}

const FORMATS = { definitions: definitionsOf, terraform: terraformOf };

/** There is something to do, or something that would break a promise. */
const DIFFERS = 3;
const LARGEST_FILE = 4 * 1024 * 1024;

/** `agent-swarm topology`: one file for exchanges, queues, lanes, bindings, policies, the ladder and budgets. */
export function topologyCommand(terminal: Terminal, exit: Exit): Command {
  return new Command('topology')
    .description('Keeps exchanges, queues, bindings, policies and budgets as one file says.')
    .addCommand(planCommand(terminal, exit))
    .addCommand(applyCommand(terminal, exit))
    .addCommand(exportCommand(terminal));
}

const withServers = (command: Command): Command =>
  withStoreFlags(withBrokerFlags(command)).option('--json', 'as JSON');

function planCommand(terminal: Terminal, exit: Exit): Command {
  return withServers(
    new Command('plan')
      .argument('<file>', 'the topology, YAML or JSON')
      .description(
        `Shows what differs between the file and the servers. Changes nothing. Exit code ${DIFFERS} when something does.`,
      ),
  ).action(async (path: string, flags: Flags) => {
    const seen = await look(asked(path, flags, terminal));
    tell(seen, flags, terminal);
    exit(codeOf(seen.plan));
  });
}

function applyCommand(terminal: Terminal, exit: Exit): Command {
  return withServers(
    new Command('apply')
      .argument('<file>', 'the topology, YAML or JSON')
      .description(
        'Makes what is missing, and changes policies and budgets. Deletes no queue and no exchange; changes nothing at all when something stands that cannot be changed.',
      )
      .option('--prune', 'takes away bindings of these queues that the file does not have'),
  ).action(async (path: string, flags: Flags) => {
    const work = asked(path, flags, terminal);
    const { broker, store, wanted, budgets } = work;
    const { there, plan } = await look(work);
    const { differences } = plan;
    await apply(broker, wanted, there, { differences, prune: flags.prune === true });
    if (store) await applyBudgets(store, budgets, differences);
    const after = await look(work);
    tell(after, flags, terminal);
    exit(codeOf(after.plan));
  });
}

function exportCommand(terminal: Terminal): Command {
  return new Command('export')
    .argument('<file>', 'the topology, YAML or JSON')
    .description(
      'Writes the topology as others read it: definitions for rabbitmqctl import_definitions, or Terraform (main.tf.json). Asks no server; budgets are not in it.',
    )
    .addOption(new Option('--format <format>').choices(Object.keys(FORMATS)).makeOptionMandatory())
    .option('--vhost <vhost>', 'virtual host it is for', '/')
    .option(
      '--for <version>',
      'version of RabbitMQ it is for, to be told what would not hold there',
    )
    .action((path: string, flags: ExportFlags) => {
      const wanted = wantedBy(readFile(path));
      for (const { level, said } of flags.for === undefined ? [] : lint(wanted, flags.for)) {
        terminal.error(`${level}: ${said}\n`);
      }
      terminal.out(`${jsonText(FORMATS[flags.format](wanted, flags.vhost), 2)}\n`);
    });
}

interface Asked {
  readonly wanted: Wanted;
  readonly budgets: TopologyFile['budgets'];
  readonly broker: BrokerSettings;
  /** Of a file with budgets. */
  readonly store: StoreSettings | undefined;
}

/** What the file wants, and of whom. */
function asked(path: string, flags: Flags, { env }: Terminal): Asked {
  const file = readFile(path);
  const { budgets } = file;
  const broker = brokerSettings(flags, env);
  if (broker.managementUrl === '') {
    throw new InputError(
      '--management',
      'is missing',
      'Give the address of the management API, or set RABBITMQ_MANAGEMENT_URL: AMQP tells no arguments, bindings and policies.',
    );
  }
  const hasBudgets = Object.keys(budgets).length > 0;
  const store = hasBudgets ? storeSettings(flags, env) : undefined;
  return { wanted: wantedBy(file), budgets, broker, store };
}

interface Seen {
  readonly there: Standing;
  readonly plan: Plan;
}

async function look({ wanted, budgets, broker, store }: Asked): Promise<Seen> {
  const there = await standing(broker);
  const differences = [
    ...compare(wanted, there),
    ...(store ? await compareBudgets(store, budgets) : []),
  ];
  return { there, plan: { differences, findings: lint(wanted, there.version, there) } };
}

const codeOf = ({ differences, findings }: Plan): number =>
  differences.length > 0 || findings.some(({ level }) => level === 'problem') ? DIFFERS : 0;

function tell({ plan, there }: Seen, flags: Flags, terminal: Terminal): void {
  const { version, cluster } = there;
  if (flags.json) terminal.out(`${jsonText({ version, cluster, ...plan })}\n`);
  else terminal.out(tellPlan(plan, there));
}

function readFile(path: string): TopologyFile {
  let given: unknown;
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > LARGEST_FILE) throw new Error(`it is larger than ${LARGEST_FILE} bytes`);
    given = parse(text, { maxAliasCount: 100 }) as unknown;
  } catch (error) {
    throw new InputError(
      path,
      `cannot be read: ${messageOf(error)}`,
      'Give a file of YAML or JSON.',
    );
  }
  return readTopology(given);
}
