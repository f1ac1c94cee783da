import type {
  INodeProperties,
  INodePropertyCollection,
  INodePropertyOptions,
  INodeTypeDescription,
} from 'n8n-workflow';

import { agentSwarmDescription } from '../../nodes/AgentSwarm/description';
import { monitorTriggerDescription } from '../../nodes/AgentSwarmMonitorTrigger/description';
import { triggerDescription } from '../../nodes/AgentSwarmTrigger/description';
import { rateLimitedChatModelDescription } from '../../nodes/RateLimitedChatModel/description';

/** docs/nodes.md: every node and every field, out of what n8n itself shows. */
export function renderReference(): string {
  return (
    [
      '# Nodes and their fields',
      'Made by `npm run docs` from the descriptions that n8n shows. Fields under Options take their default when they are not added.',
      ...section(triggerDescription, allFields),
      ...section(monitorTriggerDescription, allFields),
      ...section(rateLimitedChatModelDescription, allFields),
      ...section(agentSwarmDescription, byOperation),
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

type Fields = (node: INodeTypeDescription) => string[];

function section(node: INodeTypeDescription, fields: Fields): string[] {
  const credentials = (node.credentials ?? []).map(
    ({ displayName, required }) => `${displayName}${required ? '' : ' (where it is used)'}`,
  );
  return [
    `## ${node.displayName}`,
    `${node.description}.`,
    `Credentials: ${credentials.join(', ')}.`,
    ...fields(node),
  ];
}

const allFields: Fields = ({ properties }) => [table(properties)];

const byOperation: Fields = ({ properties }) => {
  const resources = choices(properties.find(({ name }) => name === 'resource'));
  return resources.flatMap(({ name: resource, value }) => {
    const operations = choices(
      properties.find((field) => field.name === 'operation' && shows(field, 'resource', value)),
    );
    return operations.flatMap((operation) => {
      const all = properties.filter(
        (field) => shows(field, 'resource', value) && shows(field, 'operation', operation.value),
      );
      const own = all.filter((field) => !shows(field, '@tool', true));
      return [
        `### ${resource}: ${operation.name}`,
        sentence(operation.description ?? ''),
        ...(own.length > 0 ? [table(own)] : []),
        asTool(all.filter((field) => shows(field, '@tool', true))),
      ];
    });
  });
};

/** What an AI Agent is told of an operation, and what it fills in by itself. */
function asTool(fields: readonly INodeProperties[]): string {
  const told = fields.find(({ name }) => name === 'toolDescription');
  const asked = fields.filter(({ default: given }) => textOf(given).includes('$fromAI('));
  const names = asked.map(({ displayName }) => displayName).join(', ');
  const left = asked.length > 0 ? ` The model gives ${names}.` : '';
  return `As a tool: “${textOf(told?.default)}”${left}`;
}

function choices(field: INodeProperties | undefined): INodePropertyOptions[] {
  return (field?.options ?? []) as INodePropertyOptions[];
}

function shows({ displayOptions }: INodeProperties, name: string, value: unknown): boolean {
  return displayOptions?.show?.[name]?.includes(value as string) ?? false;
}

function table(fields: readonly INodeProperties[]): string {
  const rows = fields.flatMap((field) => rowsOf(field, []));
  return ['| field | default | what it does |', '| --- | --- | --- |', ...rows].join('\n');
}

/** A collection is its fields, each with the way to it. */
function rowsOf(field: INodeProperties, way: readonly string[]): string[] {
  const path = [...way, field.displayName];
  if (field.type === 'collection') {
    return (field.options as INodeProperties[]).flatMap((inner) => rowsOf(inner, path));
  }
  if (field.type === 'fixedCollection') {
    const all = field.options as INodePropertyCollection[];
    return all.flatMap(({ values }) => values.flatMap((inner) => rowsOf(inner, path)));
  }
  return [`| ${[path.join(' › '), defaultOf(field), said(field)].map(inCell).join(' | ')} |`];
}

function defaultOf({ type, default: given, options, typeOptions }: INodeProperties): string {
  if (type === 'resourceLocator' || given === '' || given === null) return '';
  // A limit that was added and not filled in is refused.
  if (Number(given) < (typeOptions?.minValue ?? -Infinity)) return '';
  if (type === 'multiOptions') return Number(options?.length) === (given as []).length ? 'all' : '';
  if (type === 'boolean') return given === true ? 'on' : 'off';
  if (type === 'options') {
    const found = ((options ?? []) as INodePropertyOptions[]).find(({ value }) => value === given);
    return found?.name ?? '';
  }
  return `\`${textOf(given).replace(/\s+/g, ' ')}\``;
}

function textOf(given: unknown): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

function said({ type, description, hint, options }: INodeProperties): string {
  const listed =
    type === 'options' || type === 'multiOptions'
      ? ((options ?? []) as INodePropertyOptions[]).map(
          ({ name, description: more }) => `**${name}**${more ? `: ${sentence(more)}` : '.'}`,
        )
      : [];
  return [description && sentence(description), hint && sentence(hint), ...listed]
    .filter(Boolean)
    .join(' ');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
