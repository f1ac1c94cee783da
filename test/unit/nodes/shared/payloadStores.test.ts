import {
  NodeHelpers,
  type INode,
  type INodeParameters,
  type INodeTypeDescription,
} from 'n8n-workflow';

import { agentSwarmDescription } from '../../../../nodes/AgentSwarm/description';
import { triggerDescription } from '../../../../nodes/AgentSwarmTrigger/description';
import { depositKind, readPayloadPlaces } from '../../../../nodes/shared/payloadStores';

const context = (data: object) => ({ getCredentials: () => Promise.resolve(data as never) });
const chosen = (kind: unknown, more: object = {}) => ({ chosen: { kind, ...more } });

describe('the credential of a payload store', () => {
  const shown = (description: INodeTypeDescription, parameters: INodeParameters, name: string) => {
    const node: INode = {
      ...{ id: '1', name: 'Node', type: 'node', typeVersion: 1, position: [0, 0] },
      parameters,
    };
    const all = NodeHelpers.getNodeParameters(
      description.properties,
      parameters,
      true,
      false,
      node,
      description,
    );
    const credential = description.credentials?.find((one) => one.name === name);
    if (!credential || !all) throw new Error('not there');
    return NodeHelpers.displayParameter(all, credential, node, description);
  };

  const store = { resource: 'payload', operation: 'store' };

  it('is shown where its store is chosen, and nowhere else', () => {
    expect(shown(agentSwarmDescription, store, 'postgres')).toBe(false);
    expect(shown(agentSwarmDescription, { ...store, options: {} }, 'postgres')).toBe(false);
    const options = { payloadStore: chosen('postgres') } as never;
    expect(shown(agentSwarmDescription, { ...store, options }, 'postgres')).toBe(true);
    expect(shown(triggerDescription, { queue: 'work' }, 'postgres')).toBe(false);
    const several = { payloadStore: chosen(['postgres']) } as never;
    expect(shown(triggerDescription, { queue: 'work', options: several }, 'postgres')).toBe(true);
  });
});

describe('the choice of a payload store', () => {
  it('is Redis as long as nothing is chosen', async () => {
    for (const form of [undefined, null, {}, { chosen: {} }, chosen([])]) {
      const places = await readPayloadPlaces(context({}), form);
      expect(places).toEqual({});
      expect(depositKind(places)).toBe('redis');
    }
  });

  it.each([
    [{}, 'off'],
    [{ ssl: 'disable' }, 'off'],
    [{ ssl: 'require' }, 'verify'],
    [{ ssl: 'allow' }, 'verify'],
    [{ ssl: 'require', allowUnauthorizedCerts: true }, 'trust_any'],
  ])("reads TLS of n8n's Postgres credential %j as %s", async (data, tls) => {
    const credential = context({ host: 'db', user: 'swarm', password: ' x ', ...data });
    const { postgres } = await readPayloadPlaces(credential, chosen('postgres'));
    expect(postgres).toMatchObject({ host: 'db', port: 5432, password: ' x ', tls });
    expect(postgres?.table).toBe('agent_swarm_payloads');
  });

  it('names the field that cannot be used', async () => {
    const table = 'x; DROP TABLE y';
    await expect(readPayloadPlaces(context({}), chosen('postgres', { table }))).rejects.toThrow(
      /^Table: is not the name of a table/,
    );
    const tunnel = context({ sshTunnel: true, sshPassword: 'very secret' });
    await expect(readPayloadPlaces(tunnel, chosen(['postgres']))).rejects.toThrow(
      /^SSH Tunnel: is switched on in the Postgres credential/,
    );
  });
});
