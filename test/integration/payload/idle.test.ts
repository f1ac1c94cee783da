import { postgresSchema, s3Schema, type PayloadPlaces } from '../../../src/contract/payloadStores';
import { storeAndLoad } from '../../support/payloadProgram';
import { startPostgres, type Postgres } from '../../support/postgres';
import { startSwift, type Swift } from '../../support/swift';

let servers: { postgres: Postgres; swift: Swift };
beforeAll(async () => {
  const [postgres, swift] = await Promise.all([startPostgres(), startSwift()]);
  servers = { postgres, swift };
});
afterAll(async () => {
  await Promise.all([servers?.postgres.stop(), servers?.swift.stop()]);
});

const places: Record<'postgres' | 's3', () => PayloadPlaces> = {
  postgres: () => {
    const { host, port, user, password } = servers.postgres;
    return { postgres: postgresSchema.parse({ host, port, user, password }) };
  },
  s3: () => {
    const { credential, bucket } = servers.swift;
    return { s3: s3Schema.parse({ ...credential, pathStyle: true, bucket }) };
  },
};

it.each(['postgres', 's3'] as const)(
  'a process that used payloads in %s ends when its work is done',
  async (kind) => {
    const loaded = await storeAndLoad(kind, places[kind]());
    expect(loaded).toMatchObject({ payload: { value: 'kept' } });
  },
);
