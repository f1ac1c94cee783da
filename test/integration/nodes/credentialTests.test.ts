import type { ICredentialTestFunctions, ICredentialsDecrypted } from 'n8n-workflow';

import { testBrokerCredential, testStoreCredential } from '../../../nodes/shared/credentialTests';
import { integrationServers } from '../../support/integrationServers';

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

describe('the test button of a credential', () => {
  let brokerHosts: string;
  let storePort: number;

  beforeAll(() => {
    const { broker, storeUrl } = integrationServers();
    brokerHosts = `127.0.0.1:${broker.port}`;
    storePort = Number(new URL(storeUrl).port);
  });

  it('says OK and names the servers', async () => {
    expect(await testBroker({ hosts: brokerHosts })).toEqual({
      status: 'OK',
      message: expect.stringMatching(/^RabbitMQ \d+\.\d+\.\d+ \(cluster .+\) let us in\.$/),
    });
    expect(await testStore({ host: '127.0.0.1', port: storePort })).toEqual({
      status: 'OK',
      message: expect.stringMatching(
        /^(Redis|Valkey) \d+\.\S+ \(standalone\) let us in and write\.$/,
      ),
    });
  });

  it('says what a server refused and what to do about it', async () => {
    const broker = await testBroker({ hosts: brokerHosts, password: 'wrong' });
    expect(broker.status).toBe('Error');
    expect(broker.message).toMatch(/refused the login of user "guest"\. Check Username/);
    const store = await testStore({ host: '127.0.0.1', port: storePort, database: 99 });
    expect(store.status).toBe('Error');
    expect(store.message).toMatch(/has no database 99\. Choose a smaller Database/);
  });

  it('says what is wrong in the form, by the name of the field', async () => {
    const { status, message } = await testBroker({ hosts: 'a:b:c' });
    expect(status).toBe('Error');
    expect(message).toMatch(/^Hosts: cannot read "a:b:c"\. Put an IPv6 address in brackets/);
  });
});
