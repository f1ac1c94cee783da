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

  it.each(['postgres', 's3'])('%s is shown where its store is chosen, and nowhere else', (kind) => {
    expect(shown(agentSwarmDescription, store, kind)).toBe(false);
    expect(shown(agentSwarmDescription, { ...store, options: {} }, kind)).toBe(false);
    const other = { payloadStore: chosen(kind === 's3' ? 'postgres' : 's3') } as never;
    expect(shown(agentSwarmDescription, { ...store, options: other }, kind)).toBe(false);
    const options = { payloadStore: chosen(kind) } as never;
    expect(shown(agentSwarmDescription, { ...store, options }, kind)).toBe(true);
    expect(shown(triggerDescription, { queue: 'work' }, kind)).toBe(false);
    const several = { payloadStore: chosen(['postgres', 's3']) } as never;
    expect(shown(triggerDescription, { queue: 'work', options: several }, kind)).toBe(true);
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

  const s3 = { endpoint: ' https://s3.example ', accessKeyId: 'AK ', secretAccessKey: ' sk ' };

  it.each([
    [{}, { region: 'us-east-1', pathStyle: false, tls: 'verify' }],
    [
      { region: 'eu-1', forcePathStyle: true },
      { region: 'eu-1', pathStyle: true },
    ],
    [{ ignoreSSLIssues: true }, { tls: 'trust_any' }],
  ])("reads n8n's S3 credential %j", async (data, expected) => {
    const form = chosen(['s3'], { bucket: 'docs' });
    const places = await readPayloadPlaces(context({ ...s3, ...data }), form);
    expect(places.s3).toMatchObject({
      ...{ endpoint: 'https://s3.example', accessKeyId: 'AK', secretAccessKey: 'sk' },
      ...{ bucket: 'docs', prefix: 'agent-swarm/', ...expected },
    });
    expect(depositKind(places)).toBe('s3');
  });

  it.each([
    [{}, { bucket: '' }, /^Bucket: is not the name of a bucket/],
    [{}, { bucket: 'a/b' }, /^Bucket: /],
    [{}, { bucket: 'docs', prefix: '/x' }, /^Prefix: /],
    [{}, { bucket: 'docs', prefix: 'a/../b' }, /^Prefix: /],
    [{}, { bucket: 'docs', prefix: 'ä' }, /^Prefix: /],
    [{ endpoint: 's3.example' }, { bucket: 'docs' }, /^S3 Endpoint: is not the address/],
    [{ endpoint: 'https://a:b@s3.example' }, { bucket: 'docs' }, /^S3 Endpoint: /],
    [{ accessKeyId: '' }, { bucket: 'docs' }, /^Access Key ID: is empty/],
    [{ secretAccessKey: '' }, { bucket: 'docs' }, /^Secret Access Key: is empty/],
  ])('names the field that cannot be used: %j %j', async (data, more, told) => {
    const credential = context({ ...s3, ...data });
    await expect(readPayloadPlaces(credential, chosen('s3', more))).rejects.toThrow(told);
  });
});
