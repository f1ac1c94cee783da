import { postgresSchema, s3Schema, type PayloadPlaces } from '../../../src/contract/payloadStores';
import { withPayloads } from '../../../src/payload/places';
import { closeIdleDatabases } from '../../../src/payload/postgresDatabase';
import { newAuthority, type Authority } from '../../support/authority';
import { storeAndLoad } from '../../support/payloadProgram';
import { startPostgres, type Postgres } from '../../support/postgres';
import { psql } from '../../support/psql';
import { startSwift, type Swift } from '../../support/swift';
import { startTlsFront, type TlsFront } from '../../support/tlsFront';
import { faultOf } from './openBuckets';

let authority: Authority;
let postgres: Postgres;
let swift: Swift;
let front: TlsFront;

beforeAll(async () => {
  authority = await newAuthority();
  [postgres, swift] = await Promise.all([
    startPostgres({ certificate: await authority.issue('postgres') }),
    startSwift(),
  ]);
  front = await startTlsFront(swift.port, await authority.issue('s3'));
});
afterEach(closeIdleDatabases);
afterAll(async () => {
  await front?.stop();
  await Promise.all([postgres?.stop(), swift?.stop()]);
  await authority?.remove();
});

const inPostgres = (tls: 'verify' | 'trust_any'): PayloadPlaces => {
  const { host, port, user, password } = postgres;
  return { postgres: postgresSchema.parse({ host, port, user, password, tls }) };
};
const places: Record<'postgres' | 's3', () => PayloadPlaces> = {
  postgres: () => inPostgres('verify'),
  s3: () => {
    const endpoint = `https://127.0.0.1:${front.port}`;
    const { credential, bucket } = swift;
    return { s3: s3Schema.parse({ ...credential, endpoint, pathStyle: true, bucket }) };
  },
};
const deposit = (tls: 'verify' | 'trust_any') =>
  withPayloads(inPostgres(tls), 'postgres', (payloads) =>
    payloads.deposit({ kind: 'json', value: 'kept' }),
  );

it.each(['postgres', 's3'] as const)(
  'payloads go to %s when the process was told of its authority',
  async (kind) => {
    const env = { NODE_EXTRA_CA_CERTS: authority.certPath };
    const loaded = await storeAndLoad(kind, places[kind](), env);
    expect(loaded).toMatchObject({ payload: { value: 'kept' } });
  },
);

it('payloads do not go to a PostgreSQL whose authority nobody knows', async () => {
  const refused = await faultOf(deposit('verify'));
  expect(refused).toMatchObject({ code: 'tls' });
  expect(refused?.remedy).toContain('NODE_EXTRA_CA_CERTS');
});

it('they go there when any certificate will do, and enciphered', async () => {
  await deposit('trust_any');
  const others = 'usename IS NOT NULL AND pid <> pg_backend_pid()';
  const sql = `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ${others}`;
  expect(await psql(postgres, 'postgres', sql)).toEqual([['t']]);
});
