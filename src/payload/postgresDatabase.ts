import { Client, Pool, type QueryResultRow } from 'pg';

import { sha256 } from '../contract/identity';
import type { PostgresSettings } from '../contract/payloadStores';
import { SharedPool } from '../contract/sharedPool';
import { isMissingTable, lostConnection, postgresCause } from './postgresCause';
import type { Statements } from './postgresTable';

/** Connections of one process to one database; more payloads at once wait for each other. */
const MOST_CONNECTIONS = 5;
const IDLE_MS = 30_000;
/** Two sessions that make one table at once would be in each other's way. Any number, the same for all. */
const MAKING_LOCK = 7_263_401_522;

type Value = string | number | Buffer;

/** Pooled connections to one PostgreSQL. They do not keep a process alive. */
export class Database {
  private readonly pool: Pool;

  constructor(readonly settings: PostgresSettings) {
    this.pool = new Pool({
      Client: clientOf(settings),
      max: MOST_CONNECTIONS,
      idleTimeoutMillis: IDLE_MS,
      allowExitOnIdle: true,
    });
    // Of idle connections: the pool drops them, and the next act opens another.
    this.pool.on('error', () => undefined);
  }

  /** Rows of a statement that bears being run twice. @throws SwarmError with cause and remedy */
  async ask<Row extends QueryResultRow>(sql: string, values: readonly Value[]): Promise<Row[]> {
    try {
      return await this.run<Row>(sql, values);
    } catch (error) {
      throw postgresCause(error, this.settings);
    }
  }

  /** The same of one that makes its table when that is missing. */
  async askMaking(statements: Statements, sql: string, values: readonly Value[]): Promise<void> {
    try {
      await this.run(sql, values);
    } catch (error) {
      if (!isMissingTable(error)) throw postgresCause(error, this.settings);
      await this.make(statements);
      await this.ask(sql, values);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  /** Made again once when its connection ended: it may have lain idle while the server was restarted. */
  private async run<Row extends QueryResultRow>(
    sql: string,
    values: readonly Value[],
  ): Promise<Row[]> {
    const given = [...values];
    try {
      return (await this.pool.query<Row>(sql, given)).rows;
    } catch (error) {
      if (!lostConnection(error)) throw error;
      return (await this.pool.query<Row>(sql, given)).rows;
    }
  }

  private async make({ create }: Statements): Promise<void> {
    try {
      // Without values it is one transaction of all its statements.
      await this.pool.query(`SELECT pg_advisory_xact_lock(${MAKING_LOCK}); ${create}`);
    } catch (error) {
      throw postgresCause(error, this.settings, create);
    }
  }
}

/** The pool does not know the limit of a connection attempt: it would apply it to the wait for one of its connections as well. */
function clientOf(settings: PostgresSettings): new () => Client {
  const { host, port, database, user, password, tls } = settings;
  return class extends Client {
    constructor() {
      super({
        host,
        port,
        database,
        user,
        password,
        ssl: tls === 'off' ? false : { rejectUnauthorized: tls === 'verify' },
        connectionTimeoutMillis: settings.connectTimeoutMs,
        query_timeout: settings.answerTimeoutMs,
        keepAlive: true,
        application_name: 'n8n-nodes-agent-swarm',
      });
    }
  };
}

const databases = new SharedPool<PostgresSettings, Database>({
  name: (settings) => sha256(JSON.stringify(settings)),
  open: (settings) => Promise.resolve(new Database(settings)),
  close: (database) => database.close(),
});

/** Runs `use` with this process's connections of these settings; they are closed a while after their last user. */
export async function withDatabase<T>(
  settings: PostgresSettings,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  return await databases.use(settings, use);
}

/** Closes the connections that nobody uses right now. */
export async function closeIdleDatabases(): Promise<void> {
  await databases.closeIdle();
}
