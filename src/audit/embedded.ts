/** PostgreSQL within this process (PGlite): for a stack on one machine. One process at a time owns its folder. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFolder } from '../embedded/folder-lock.js';
import type { Sql, OpenDatabase } from './sql.js';

/** @param folder where it is kept; `null` keeps it in memory. */
export function embeddedPostgres(folder: string | null): OpenDatabase {
  return async () => {
    // Some megabytes that only those who use it should load.
    const { PGlite } = await import('@electric-sql/pglite');
    const unlock = folder === null ? () => Promise.resolve() : await own(folder);
    const opening = folder === null ? PGlite.create() : PGlite.create(join(folder, 'data'));
    const lite = await opening.catch(async (error: unknown) => {
      await unlock();
      throw error;
    });
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
      close: async () => {
        await lite.close();
        await unlock();
      },
    };
  };
}

/** Two processes on one folder would ruin it. */
async function own(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return lockFolder(folder);
}
