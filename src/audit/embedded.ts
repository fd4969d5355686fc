/** PostgreSQL within this process (PGlite): for a stack on one machine. One process at a time owns its folder. */
import { mkdir } from 'node:fs/promises';
import type { Sql, OpenDatabase } from './sql.js';

/** @param folder where it is kept; `null` keeps it in memory. */
export function embeddedPostgres(folder: string | null): OpenDatabase {
  return async () => {
    // Some megabytes that only those who use it should load.
    const { PGlite } = await import('@electric-sql/pglite');
    if (folder !== null) await mkdir(folder, { recursive: true, mode: 0o700 });
    const lite = folder === null ? await PGlite.create() : await PGlite.create(folder);
    const asking = async <Row extends object>(
      client: Pick<typeof lite, 'query'>,
      text: string,
      values: readonly unknown[] = [],
    ): Promise<readonly Row[]> => (await client.query<Row>(text, [...values])).rows;
    return {
      query: (text, values) => asking(lite, text, values),
      transaction: (work) =>
        lite.transaction((client) =>
          work({ query: (text, values) => asking(client as Pick<typeof lite, 'query'>, text, values) } satisfies Sql),
        ),
      close: () => lite.close(),
    };
  };
}
