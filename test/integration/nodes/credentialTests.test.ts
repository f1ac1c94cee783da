import type { ICredentialTestFunctions, ICredentialsDecrypted } from 'n8n-workflow';

import { testBrokerCredential, testStoreCredential } from '../../../nodes/shared/credentialTests';
import { integrationServers } from '../../support/integrationServers';
import { startRedis } from '../../support/redis';
import { storeForm } from '../../support/storeAddress';

type Data = NonNullable<ICredentialsDecrypted['data']>;

const host = {} as ICredentialTestFunctions;
const credential = (data: Data): ICredentialsDecrypted => ({
  id: '1',
  name: 'own',
  type: 'own',
  data,
});
const testBroker = (data: Data) => testBrokerCredential.call(host, credential(data));
const testStore = (data: Data) => testStoreCredential.call(host, credential(data));

/** How a store is introduced. */
const WAYS = {
  standalone: '(standalone)',
  sentinel: '(the primary that the Sentinels name)',
  cluster: '(a Cluster of 3 primaries)',
};

describe('the test button of a credential', () => {
  let brokerHosts: string;
  let store: Data;

  beforeAll(() => {
    const { broker, store: address } = integrationServers();
    brokerHosts = `127.0.0.1:${broker.port}`;
    store = storeForm(address);
  });

  it('says OK and names the servers', async () => {
    expect(await testBroker({ hosts: brokerHosts })).toEqual({
      status: 'OK',
      message: expect.stringMatching(/^RabbitMQ \d+\.\d+\.\d+ \(cluster .+\) let us in\.$/),
    });
    const { status, message } = await testStore(store);
    expect(status).toBe('OK');
    expect(message).toMatch(/^(Redis|Valkey) \d+\.\S+ \(.+\) let us in and write\.$/);
    expect(message).toContain(WAYS[integrationServers().store.kind]);
  });

  it('says what a server refused and what to do about it', async () => {
    const broker = await testBroker({ hosts: brokerHosts, password: 'wrong' });
    expect(broker.status).toBe('Error');
    expect(broker.message).toMatch(/refused the login of user "guest"\. Check Username/);
    const { host, port, stop } = await startRedis();
    const { status, message } = await testStore({ host, port, database: 99 });
    await stop();
    expect(status).toBe('Error');
    expect(message).toMatch(/has no database 99\. Choose a smaller Database/);
  });

  it('says what is wrong in the form, by the name of the field', async () => {
    const { status, message } = await testBroker({ hosts: 'a:b:c' });
    expect(status).toBe('Error');
    expect(message).toMatch(/^Hosts: cannot read "a:b:c"\. Put an IPv6 address in brackets/);
  });
});
