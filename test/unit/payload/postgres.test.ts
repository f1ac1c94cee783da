import { postgresSchema } from '../../../src/contract/payloadStores';
import { lostConnection, postgresCause } from '../../../src/payload/postgresCause';
import { statementsFor } from '../../../src/payload/postgresTable';

describe('the table of payloads', () => {
  it.each(['x"; DROP TABLE users; --', 'a.b.c', '', 'x y', "x'", '1x', 'x'.repeat(64), 'ä', 'x\n'])(
    'refuses %j as its name',
    (table) => {
      expect(postgresSchema.safeParse({ table }).success).toBe(false);
    },
  );

  it.each([
    ['payloads', '"payloads"'],
    ['swarm.Payloads', '"swarm"."Payloads"'],
    ['select', '"select"'],
    // No setting lets it through, and it would still be a name.
    ['x"; DROP TABLE users; --', '"x""; DROP TABLE users; --"'],
  ])('quotes %j', (table, quoted) => {
    const { create, deposit, redeem, part, remove } = statementsFor(table);
    for (const sql of [create, deposit, redeem, part, remove]) {
      expect(sql).toContain(` ${quoted} `);
    }
  });

  it('names its index by the table, within 63 bytes', () => {
    const [, index = ''] = /INDEX IF NOT EXISTS "(.*?)"/.exec(
      statementsFor(`s.${'x'.repeat(63)}`).create,
    ) as string[];
    expect(index.length).toBeLessThanOrEqual(63);
  });
});

describe('what PostgreSQL answers', () => {
  const settings = postgresSchema.parse({ password: 'very secret' });
  const answer = (code: string, message = 'text') => Object.assign(new Error(message), { code });

  it.each([
    ['28P01', 'login_refused'],
    ['3D000', 'not_found'],
    ['42501', 'no_rights'],
    ['42P01', 'not_found'],
    ['42703', 'unsupported'],
    ['42804', 'unsupported'],
    ['42P10', 'unsupported'],
    ['25006', 'unsupported'],
    ['57P01', 'disconnected'],
    ['57P03', 'disconnected'],
    ['53300', 'disconnected'],
    ['ECONNREFUSED', 'unreachable'],
  ])('reads %s as %s', (code, expected) => {
    const error = postgresCause(answer(code, `connect ${code}`), settings);
    expect(error.code).toBe(expected);
    expect(`${error.message} ${error.remedy}`).not.toContain('very secret');
    expect(error.remedy).toMatch(/\.$/);
  });

  it('runs again only what lost its connection', () => {
    expect(lostConnection(new Error('Connection terminated unexpectedly'))).toBe(true);
    expect(lostConnection(answer('57P01'))).toBe(true);
    expect(lostConnection(new Error('timeout expired'))).toBe(false);
    expect(lostConnection(new Error('Query read timeout'))).toBe(false);
    expect(lostConnection(answer('42501'))).toBe(false);
  });
});
