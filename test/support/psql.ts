import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Postgres } from './postgres';
import { postgresBin } from './programs';

const run = promisify(execFile);

/** Rows of `sql` in one database, their columns as text. The client that PostgreSQL brings knows nothing of n8n. */
export async function psql(
  { host, port, user, password }: Postgres,
  database: string,
  sql: string,
): Promise<string[][]> {
  const where = ['-h', host, '-p', String(port), '-U', user, '-d', database];
  const plainly = ['--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '-F', '\t'];
  const env = { PATH: process.env.PATH, PGPASSWORD: password };
  const args = [...where, ...plainly, '-v', 'ON_ERROR_STOP=1', '-c', sql];
  const { stdout } = await run(join(postgresBin(), 'psql'), args, { env });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'));
}
