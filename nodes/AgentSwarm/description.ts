import { NodeConnectionTypes, type INodeProperties, type INodeTypeDescription } from 'n8n-workflow';

import { choices } from './choices';
import { credentials } from './credentials';
import { shownIf, type Operation } from './operation';
import { OPERATIONS } from './router';
import { TOOLS, type ToolForm } from './tools';

function forms(): INodeProperties[] {
  const tools: Record<string, Record<string, ToolForm>> = TOOLS;
  return Object.entries(OPERATIONS).flatMap(([resource, operations]) =>
    Object.entries<Operation>(operations).flatMap(([operation, { form }]) =>
      formOf(form, tools[resource]?.[operation]).map((field) =>
        shownIf({ resource: [resource], operation: [operation] }, field),
      ),
    ),
  );
}

/** With what a tool has in its place; both are in one description, because n8n runs tools by the node's own. */
function formOf(form: readonly INodeProperties[], tool: ToolForm | undefined): INodeProperties[] {
  if (!tool) return [...form];
  const { description, defaults = {} } = tool;
  return [
    shownIf({ '@tool': [true] }, { ...toolDescription, default: description }),
    ...form.flatMap((field) => {
      if (!(field.name in defaults)) return [field];
      const own = { ...field, default: defaults[field.name] as INodeProperties['default'] };
      return [shownIf({ '@tool': [false] }, field), shownIf({ '@tool': [true] }, own)];
    }),
  ];
}

/** n8n would say little more than the name of the operation. */
const toolDescription: INodeProperties = {
  displayName: 'Tool Description',
  name: 'toolDescription',
  type: 'string',
  typeOptions: { rows: 3 },
  default: '',
  description: 'What the model is told of this tool. Say here what it is for in this workflow.',
};

export const agentSwarmDescription: INodeTypeDescription = {
  displayName: 'Agent Swarm',
  name: 'agentSwarm',
  icon: { light: 'file:agentSwarm.svg', dark: 'file:agentSwarm.dark.svg' },
  group: ['transform'],
  version: 1,
  subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
  description: 'Dispatches tasks to a swarm of agents, ends them, and stores what is too large',
  defaults: { name: 'Agent Swarm' },
  usableAsTool: true,
  inputs: [NodeConnectionTypes.Main],
  outputs: [NodeConnectionTypes.Main],
  credentials,
  properties: [...choices, ...forms()],
};
