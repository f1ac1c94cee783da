import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { AgentSwarm } from '../../../nodes/AgentSwarm/AgentSwarm.node';
import { AgentSwarmTrigger } from '../../../nodes/AgentSwarmTrigger/AgentSwarmTrigger.node';
import { closeIdleStores } from '../../../src/store/pool';
import { connectPlainBroker, type PlainBroker } from '../../support/plainBroker';
import { startRabbitMq, type RabbitMq } from '../../support/rabbitMq';
import { storeForm } from '../../support/storeAddress';
import { newWorld, type World } from '../../support/world';
import { at, type Form } from './pressing';

jest.setTimeout(60_000);

const { searchQueues } = new AgentSwarmTrigger().methods.listSearch;
const { searchConsumedQueues } = new AgentSwarm().methods.listSearch;

/** As the editor asks for a list: with the credentials that the node has chosen. */
const asking = (credential: Form) =>
  ({
    getCredentials: async () => credential,
    getNode: () => ({}),
  }) as unknown as ILoadOptionsFunctions;

const names = ({ results }: INodeListSearchResult) => results.map(({ value }) => value);

describe('the list of queues on the broker', () => {
  let rabbit: RabbitMq;
  let plain: PlainBroker;
  let form: Form;
  beforeAll(async () => {
    rabbit = await startRabbitMq({ management: true });
    const url = await rabbit.newVhost('a/b');
    plain = await connectPlainBroker(url, rabbit.node);
    form = { hosts: at(rabbit.port), vhost: 'a/b', managementUrl: rabbit.managementUrl ?? '' };
    const made = ['documents', 'documents.dead', 'documents.lane.0', 'swarm.undeliverable'];
    for (const name of [...made, 'swarm.delay.00', 'Invoices', 'swarm.own']) {
      await plain.declare(name, {});
    }
  });
  afterAll(async () => {
    await plain?.close();
    await rabbit?.stop();
  });

  const search = (filter?: string, page?: string, credential = form) =>
    searchQueues.call(asking(credential), filter, page);

  it('has those of the virtual host, and none that the pack makes for itself', async () => {
    expect(names(await search())).toEqual(['Invoices', 'documents', 'swarm.own']);
  });

  it('leads to the page of each', async () => {
    const { results } = await search('doc');
    const url = `${rabbit.managementUrl}/#/queues/a%2Fb/documents`;
    expect(results).toEqual([{ name: 'documents', value: 'documents', url }]);
  });

  it('has only those whose names contain what was typed, and takes it literally', async () => {
    expect(names(await search('cumen'))).toEqual(['documents']);
    expect(names(await search('d.c'))).toEqual([]);
  });

  it('comes page by page, past pages that have nothing to show', async () => {
    const many = Array.from({ length: 230 }, (_, index) => `b${String(index).padStart(3, '0')}`);
    const dead = many.slice(0, 120).map((name) => `a${name}.dead`);
    for (const name of [...many, ...dead]) await plain.declare(name, {});
    const seen: unknown[] = [];
    let token: string | undefined;
    do {
      const page: INodeListSearchResult = await search('b', token);
      expect(page.results).not.toEqual([]);
      seen.push(...names(page));
      token = page.paginationToken;
    } while (token !== undefined);
    expect(seen).toEqual(many);
  });

  it.each([
    [
      'without a Management URL',
      { managementUrl: '' },
      'Management URL: is empty in the credential Agent Swarm RabbitMQ, and the list comes from there. Fill it in there, such as http://rabbit-1:15672, or choose By Name and type the name of the queue.',
    ],
    [
      'with a wrong password',
      { password: 'wrong' },
      /refused user "guest"\. Check Username and Password/,
    ],
    [
      'of a virtual host that is not there',
      { vhost: 'nowhere' },
      /knows no virtual host "nowhere"\. Correct Virtual Host/,
    ],
  ])('%s: says what to do', async (_what, wrong, told) => {
    // What n8n shows of an error of this kind, and of no other: message and description.
    await expect(search(undefined, undefined, { ...form, ...wrong })).rejects.toMatchObject({
      name: 'NodeApiError',
      message: 'There is no list of queues to show.',
      description: typeof told === 'string' ? told : expect.stringMatching(told),
    });
  });
});

describe('the list of queues that triggers work on', () => {
  let world: World;
  beforeAll(async () => {
    world = await newWorld();
    for (const queue of ['mails', 'documents']) await (await world.consume({ queue })).close();
  });
  afterAll(async () => {
    await closeIdleStores();
    await world.end();
  });

  it('is what Redis knows, without asking the broker', async () => {
    const context = asking(storeForm(world.store));
    expect(names(await searchConsumedQueues.call(context))).toEqual(['documents', 'mails']);
    expect(names(await searchConsumedQueues.call(context, 'MAIL'))).toEqual(['mails']);
  });
});
