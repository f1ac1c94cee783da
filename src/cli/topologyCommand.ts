import { readFileSync } from 'node:fs';

import { Command, Option } from 'commander';
import { parse } from 'yaml';

import { standing, type Standing } from '../broker/standing';
import { InputError, messageOf } from '../contract/errors';
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
    const { plan, there } = await planned(path, flags, terminal);
    tell(plan, there, flags, terminal);
    exit(codeOf(plan));
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
    const { file, wanted, there, broker } = await planned(path, flags, terminal);
    await apply(broker, wanted, there, { prune: flags.prune === true });
    if (hasBudgets(file)) await applyBudgets(storeSettings(flags, terminal.env), file.budgets);
    const after = await planned(path, flags, terminal);
    tell(after.plan, after.there, flags, terminal);
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

interface Planned {
  readonly file: TopologyFile;
  readonly wanted: Wanted;
  readonly there: Standing;
  readonly broker: ReturnType<typeof brokerSettings>;
  readonly plan: Plan;
}

async function planned(path: string, flags: Flags, { env }: Terminal): Promise<Planned> {
  const file = readFile(path);
  const wanted = wantedBy(file);
  const broker = brokerSettings(flags, env);
  if (broker.managementUrl === '') {
    throw new InputError(
      '--management',
      'is missing',
      'Give the address of the management API, or set RABBITMQ_MANAGEMENT_URL: AMQP tells no arguments, bindings and policies.',
    );
  }
  const there = await standing(broker);
  const differences = [
    ...compare(wanted, there),
    ...(hasBudgets(file) ? await compareBudgets(storeSettings(flags, env), file.budgets) : []),
  ];
  return {
    file,
    wanted,
    there,
    broker,
    plan: { differences, findings: lint(wanted, there.version, there) },
  };
}

const hasBudgets = ({ budgets }: TopologyFile): boolean => Object.keys(budgets).length > 0;

const codeOf = ({ differences, findings }: Plan): number =>
  differences.length > 0 || findings.some(({ level }) => level === 'problem') ? DIFFERS : 0;

function tell(plan: Plan, there: Standing, flags: Flags, terminal: Terminal): void {
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
