import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeProperties, INodeTypeDescription } from 'n8n-workflow';
import { agentSwarmDescription } from '../../../nodes/AgentSwarm/description';
import { monitorTriggerDescription } from '../../../nodes/AgentSwarmMonitorTrigger/description';
import { triggerDescription } from '../../../nodes/AgentSwarmTrigger/description';
import { rateLimitedChatModelDescription } from '../../../nodes/RateLimitedChatModel/description';
import { personalise, readExample } from '../../../scripts/demo/workflows';

const FOLDER = join(__dirname, '../../../examples');
const OURS: Record<string, INodeTypeDescription> = {
  'n8n-nodes-agent-swarm.agentSwarmMonitorTrigger': monitorTriggerDescription,
  'n8n-nodes-agent-swarm.agentSwarmTrigger': triggerDescription,
  'n8n-nodes-agent-swarm.agentSwarm': agentSwarmDescription,
  'n8n-nodes-agent-swarm.rateLimitedChatModel': rateLimitedChatModelDescription,
};

/** The fields that a form shows when `parameters` are set. */
function shown(description: INodeTypeDescription, parameters: Record<string, unknown>): string[] {
  const fits = ({ displayOptions }: INodeProperties) =>
    Object.entries(displayOptions?.show ?? {}).every(([name, values]) =>
      (values as unknown[] | undefined)?.includes(name === '@tool' ? false : parameters[name]),
    );
  return description.properties.filter(fits).map(({ name }) => name);
}

describe.each(readdirSync(FOLDER).filter((file) => file.endsWith('.json')))('%s', (file) => {
  it('sets only fields that the nodes of the pack have', async () => {
    const { nodes } = await readExample(file);
    const ours = nodes.filter(({ type }) => type in OURS);
    expect(ours.length).toBeGreaterThan(0);
    for (const { type, typeVersion, parameters } of ours) {
      const description = OURS[type] as INodeTypeDescription;
      expect(shown(description, parameters)).toEqual(
        expect.arrayContaining(Object.keys(parameters)),
      );
      expect([description.version].flat()).toContain(typeVersion);
    }
  });

  it('connects nodes that it has, and says what it is for', async () => {
    const { nodes, connections } = await readExample(file);
    const names = nodes.map(({ name }) => name);
    const targets = Object.values(connections).flatMap((outputs) =>
      Object.values(outputs).flatMap((lists) => lists.flatMap((list) => list ?? [])),
    );
    for (const name of Object.keys(connections)) expect(names).toContain(name);
    for (const { node } of targets) expect(names).toContain(node);
    expect(nodes.some(({ type }) => type === 'n8n-nodes-base.stickyNote')).toBe(true);
  });

  it('is on the list of workflows to import', () => {
    const list = readFileSync(join(FOLDER, '../docs/examples/README.md'), 'utf8');
    expect(list).toContain(`](../../examples/${file})`);
  });

  it('carries no credentials of whoever made it', async () => {
    for (const node of (await readExample(file)).nodes) expect(node.credentials).toBeUndefined();
  });
});

describe('an example that is made one’s own', () => {
  const known = Object.fromEntries(
    ['agentSwarmRabbitMqApi', 'agentSwarmRedisApi', 'openAiApi', 'postgres', 's3'].map((type) => [
      type,
      { id: `id of ${type}`, name: type },
    ]),
  );

  it('has the credentials its nodes ask for, and no others', async () => {
    const { nodes } = personalise(await readExample('summarise-documents.json'), known, {});
    const given = nodes.map(({ name, credentials }) => [name, Object.keys(credentials ?? {})]);
    expect(Object.fromEntries(given)).toMatchObject({
      'Agent Swarm Trigger': ['agentSwarmRabbitMqApi', 'agentSwarmRedisApi'],
      'OpenAI Chat Model': ['openAiApi'],
      Complete: ['agentSwarmRedisApi'],
      Summarise: [],
    });
  });

  it.each([
    ['document-pipeline.json', 'postgres', ['New Documents', 'Load Document', 'Store Summary']],
    ['s3-files.json', 's3', ['List Files', 'Download', 'Upload']],
  ])('of %s has %s where it is asked for', async (file, type, names) => {
    const { nodes } = personalise(await readExample(file), known, {});
    const given = nodes.filter(({ credentials }) => type in (credentials ?? {}));
    expect(given.map(({ name }) => name)).toEqual(names);
  });

  it('cannot be changed at a node it does not have', async () => {
    const example = await readExample('dispatch-documents.json');
    expect(() => personalise(example, known, { Renamed: {} })).toThrow('no node "Renamed"');
  });
});
