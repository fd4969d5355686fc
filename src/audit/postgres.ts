/** PostgreSQL over its own protocol: one database for all workers. */
import pg from 'pg';
import type { OpenDatabase, Sql } from './sql.js';

/** An append takes milliseconds; whatever takes longer is stuck, and the workflow has to say so. */
const CONNECT_WITHIN_MS = 5_000;
const ANSWER_WITHIN_MS = 20_000;
const CONNECTIONS_MAX = 8;

/** @param connectionString as libpq has it: `postgres://user:password@host:5432/database?sslmode=verify-full`. */
export function postgres(connectionString: string): OpenDatabase {
  return () => {
    const pool = new pg.Pool({
      connectionString,
      max: CONNECTIONS_MAX,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      statement_timeout: ANSWER_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      application_name: 'licenseflow audit',
    });
    // A connection that breaks while nobody uses it is replaced at the next use; unheard, the error would end the process.
    pool.on('error', () => undefined);
    return Promise.resolve({
      query: (text, values) => asking(pool, text, values),
      transaction: (work) => inTransaction(pool, work),
      close: () => pool.end(),
    });
  };
}

async function asking<Row extends object>(
  client: pg.Pool | pg.PoolClient,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  return (await client.query<Row>(text, [...values])).rows;
}

async function inTransaction<T>(pool: pg.Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // Between two statements an error has nobody to go to.
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    await client.query('begin');
    const result = await work({ query: (text, values) => asking(client, text, values) });
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failed: Error) => (broken ??= failed));
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
