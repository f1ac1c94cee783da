import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

import { postgresSchema, s3Schema, type PayloadPlaces } from '../../../src/contract/payloadStores';
import { startPostgres, type Postgres } from '../../support/postgres';
import { startSwift, type Swift } from '../../support/swift';

const run = promisify(execFile);

/** As a program that uses the built library would: it stores one payload, loads it, and closes nothing. */
const PROGRAM = `
const { withPayloads } = require(process.argv[1]);
const [kind, places] = [process.argv[2], JSON.parse(process.argv[3])];
withPayloads(places, kind, async (payloads) => {
  const { claim } = await payloads.deposit({ kind: 'json', value: 'kept' });
  console.log(JSON.stringify(await payloads.redeem(claim)));
});
`;

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
    const built = resolve(__dirname, '../../../dist/src/payload/places.js');
    const args = ['-e', PROGRAM, built, kind, JSON.stringify(places[kind]())];
    // A connection that kept it alive would make it a kill by this timeout.
    const { stdout } = await run(process.execPath, args, { timeout: 15_000 });
    expect(JSON.parse(stdout)).toMatchObject({ payload: { value: 'kept' } });
  },
);
