import { randomUUID } from 'node:crypto';

import { tookNothing } from '../../../src/contract/errors';
import { postgresSchema } from '../../../src/contract/payloadStores';
import { claimId } from '../../../src/payload/claim';
import { PostgresPayloads } from '../../../src/payload/postgres';
import { Database } from '../../../src/payload/postgresDatabase';
import { startFaultProxy } from '../../support/faultProxy';
import { startPostgres, type Postgres } from '../../support/postgres';
import { psql } from '../../support/psql';
import { describesPayloadStore } from './storeContract';

jest.setTimeout(60_000);

const TABLE = 'agent_swarm_payloads';
const JSON_ONE = { kind: 'json', value: 1 } as const;

describe('payloads in PostgreSQL', () => {
  let server: Postgres;
  let database: Database;
  let payloads: PostgresPayloads;
  const opened: Database[] = [];

  const open = (more: object = {}) => {
    const { host, port, user, password } = server;
    const settings = postgresSchema.parse({ host, port, user, password, ...more });
    const made = new Database(settings);
    opened.push(made);
    return new PostgresPayloads(made);
  };
  const sql = (text: string, name = 'postgres') => psql(server, name, text);
  const rowOf = (claim: string) => `WHERE id = '${claimId(claim, 'postgres')}'`;

  beforeAll(async () => {
    server = await startPostgres({ survivesKill: true });
    payloads = open();
    [database] = opened as [Database];
  });

  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await server.stop();
  });

  it('makes its table when it is missing, also when many want to', async () => {
    const deposits = await Promise.all([
      ...Array.from({ length: 5 }, () => payloads.deposit(JSON_ONE)),
      ...Array.from({ length: 5 }, () => open().deposit(JSON_ONE)),
    ]);
    expect(await sql(`SELECT count(*) FROM ${TABLE}`)).toEqual([[String(deposits.length)]]);
    // Times run out by this index; a part is read without the rest of its row.
    expect(await sql(`SELECT indexname FROM pg_indexes WHERE tablename = '${TABLE}'`)).toHaveLength(
      2,
    );
    const storage = `SELECT attstorage FROM pg_attribute WHERE attrelid = '${TABLE}'::regclass AND attname = 'content'`;
    expect(await sql(storage)).toEqual([['e']]);
  });

  describesPayloadStore('pg:', () => ({
    payloads,
    async leftMs(claim) {
      const left = `SELECT floor(extract(epoch from expires_at - now()) * 1000) FROM ${TABLE} ${rowOf(claim)}`;
      return Number((await sql(left))[0]?.[0]);
    },
    async runOut(claim) {
      await sql(`UPDATE ${TABLE} SET expires_at = now() ${rowOf(claim)}`);
    },
    holds: async (claim) => (await sql(`SELECT 1 FROM ${TABLE} ${rowOf(claim)}`)).length === 1,
  }));

  it('takes what expired away, a few with each deposit', async () => {
    const swept = open({ table: 'swept' });
    await swept.deposit(JSON_ONE);
    await sql(`INSERT INTO swept SELECT gen_random_uuid(), '1', 'application/json', now() - g * interval '1 s'
      FROM generate_series(1, 10) g`);
    const count = async () => Number((await sql('SELECT count(*) FROM swept'))[0]?.[0]);
    await swept.deposit(JSON_ONE);
    expect(await count()).toBe(8);
    await Promise.all([1, 2, 3, 4].map(() => swept.deposit(JSON_ONE)));
    expect(await count()).toBe(6);
  });

  it('is not in the way of one that deletes the same rows', async () => {
    const busy = open({ table: 'busy', answerTimeoutMs: 5000 });
    const { claim } = await busy.deposit(JSON_ONE);
    await sql(`UPDATE busy SET expires_at = now() ${rowOf(claim)}`);
    const locks = database.ask(
      "SELECT pg_notify('locked', ''), pg_sleep(3) FROM (SELECT id FROM busy FOR UPDATE) held",
      [],
    );
    const locked = `SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'busy' AND l.mode = 'RowShareLock' AND l.granted`;
    while ((await sql(locked))[0]?.[0] === '0');
    const began = performance.now();
    await busy.deposit(JSON_ONE);
    expect(performance.now() - began).toBeLessThan(2500);
    await locks;
  });

  it('is there again after the server was killed between deposit and redeem', async () => {
    const { claim } = await payloads.deposit({ kind: 'json', value: 'kept' });
    await server.killAndStart();
    expect(await payloads.redeem(claim)).toMatchObject({ payload: { value: 'kept' } });
  });

  it('bears that its connections are cut', async () => {
    const { claim } = await payloads.deposit({ kind: 'json', value: 'kept' });
    await sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'n8n-nodes-agent-swarm'",
    );
    expect(await payloads.redeem(claim)).toMatchObject({ payload: { value: 'kept' } });
    expect(await payloads.remove(claim)).toBe(true);
  });

  it('says that a server that is away is away, and never its password', async () => {
    const away = open({ port: 1, password: 'very secret' });
    const error: unknown = await away.deposit(JSON_ONE).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'UnavailableError', code: 'unreachable' });
    const wrong = open({ password: 'very secret' });
    const refused: unknown = await wrong.deposit(JSON_ONE).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ name: 'RefusedError', code: 'login_refused' });
    for (const one of [error, refused]) {
      const { message, remedy } = one as { message: string; remedy: string };
      expect(`${message} ${remedy}`).not.toContain('very secret');
      expect(remedy).toMatch(/\.$/);
    }
  });

  it('has acts wait for a free connection, however long others take', async () => {
    open({ connectTimeoutMs: 300 });
    const patient = opened.at(-1) as Database;
    const acts = Array.from({ length: 12 }, () =>
      patient.ask('SELECT 1 AS one FROM pg_sleep(0.3)', []),
    );
    expect(await Promise.all(acts)).toEqual(acts.map(() => [{ one: 1 }]));
  });

  it('says that a server that lets nobody in is out of reach, in the time for connecting', async () => {
    const silent = await startFaultProxy({ port: server.port });
    silent.halfOpen();
    try {
      const deaf = open({ port: silent.port, connectTimeoutMs: 300 });
      const began = performance.now();
      const error: unknown = await deaf.deposit(JSON_ONE).catch((thrown: unknown) => thrown);
      expect(performance.now() - began).toBeLessThan(5000);
      expect(error).toMatchObject({ code: 'unreachable' });
      expect(tookNothing(error)).toBe(true);
    } finally {
      await silent.stop();
    }
  });

  it.each([
    ['a database that is not there', { database: 'nowhere' }, 'not_found'],
    ['a schema that is not there', { table: 'nowhere.payloads' }, 'no_rights'],
    ['a server without TLS', { tls: 'verify' }, 'tls'],
    ['no password', { password: '' }, 'login_refused'],
  ])('says what is wrong: %s', async (_what, more, code) => {
    await expect(open(more).deposit(JSON_ONE)).rejects.toMatchObject({ code });
  });

  it('tells the statement to somebody who may not create the table, and works when it is there', async () => {
    await sql("CREATE ROLE small LOGIN PASSWORD 'small'");
    await sql('CREATE DATABASE apart');
    await sql('REVOKE CREATE ON SCHEMA public FROM PUBLIC', 'apart');
    const small = open({ user: 'small', password: 'small', database: 'apart' });
    const refused = (await small.deposit(JSON_ONE).catch((error: unknown) => error)) as {
      code: string;
      remedy: string;
    };
    expect(refused.code).toBe('no_rights');
    const [, create = ''] = /on it: (CREATE TABLE .*)$/.exec(refused.remedy) ?? [];
    await sql(create, 'apart');
    await expect(small.deposit(JSON_ONE)).rejects.toMatchObject({ code: 'no_rights' });
    await sql(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${TABLE} TO small`, 'apart');
    const { claim } = await small.deposit(JSON_ONE);
    expect(await small.redeem(claim)).toMatchObject({ kind: 'redeemed' });
    expect(await small.remove(claim)).toBe(true);
  });

  it('does not take a missing table for a missing payload', async () => {
    const none = open({ table: 'not_made' });
    const claim = `claim:pg:${randomUUID()}`;
    await expect(none.redeem(claim)).rejects.toMatchObject({ code: 'not_found' });
    await expect(none.remove(claim)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('leaves a table of somebody else alone', async () => {
    await sql('CREATE TABLE theirs (id int)');
    const theirs = open({ table: 'theirs' });
    await expect(theirs.deposit(JSON_ONE)).rejects.toMatchObject({ code: 'unsupported' });
    // Not `conflict`, which would say that this payload is gone for good.
    await expect(theirs.redeem(`claim:pg:${randomUUID()}`)).rejects.toMatchObject({
      code: 'unsupported',
    });
    expect(await sql('SELECT count(*) FROM theirs')).toEqual([['0']]);
  });

  it('quotes names, such as words of SQL and capitals', async () => {
    const odd = open({ table: 'public.Select' });
    const { claim } = await odd.deposit(JSON_ONE);
    expect(await odd.redeem(claim)).toMatchObject({ kind: 'redeemed' });
    expect(await sql('SELECT count(*) FROM public."Select"')).toEqual([['1']]);
  });

  it('says so when what is there is not what it stored', async () => {
    const id = randomUUID();
    await sql(
      `INSERT INTO ${TABLE} VALUES ('${id}', 'no json', 'application/json', now() + interval '1 h')`,
    );
    await expect(payloads.redeem(`claim:pg:${id}`)).rejects.toMatchObject({ code: 'conflict' });
  });
});
