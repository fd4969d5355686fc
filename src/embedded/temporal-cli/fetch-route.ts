/** A way to fetch a Temporal CLI. It knows nothing of caches, so that each can be tried on its own. */
export interface FetchRoute {
  /** Names the cached executable; changes with what is fetched, so that another version is another file. */
  readonly id: string;
  /** Says where it comes from, as a phrase for people. */
  readonly origin: string;
  /**
   * Fetches into the empty folder `into` and returns the path of the executable there. It ends by itself within a time
   * that the route chooses.
   *
   * @throws Error whose message says why this route leads nowhere; the reason of `signal` when aborted.
   */
  fetch(into: string, request: FetchRequest): Promise<string>;
}

export interface FetchRequest {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}
