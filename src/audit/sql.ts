/** A database as the store uses it: PostgreSQL's own SQL, whichever way it is reached. */
export interface Sql {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

export interface Database extends Sql {
  /** Commits what `work` did, or nothing of it where it throws. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Opens a database. What can fail for a passing reason fails here, and is tried again by whoever asks. */
export type OpenDatabase = () => Promise<Database>;
