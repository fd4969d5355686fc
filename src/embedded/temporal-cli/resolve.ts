/**
 * Finds the Temporal to work with: a server that the user names, a CLI that is already here, or one that is fetched once
 * and kept. Each route is a file of its own; this one is only their order.
 */
import { cacheFolder } from './cache-folder.js';
import { CliCache } from './cli-cache.js';
import type { TemporalCli } from './cli-version.js';
import { CliTooOld } from './cli-version.js';
import type { FetchRoute } from './fetch-route.js';
import { givenAddress } from './given-address.js';
import { givenPath } from './given-path.js';
import { goInstall } from './go-install.js';
import { cliOnPath } from './on-path.js';
import { pythonWheel } from './python-wheel.js';
import { reasonOf } from './reason.js';
import { sdkDownload } from './sdk-download.js';

export type TemporalSource =
  /** A server that someone else runs (`TEMPORAL_ADDRESS`): nothing is to be started. */
  | { readonly kind: 'server'; readonly address: string }
  /** An executable that can start a server. */
  | { readonly kind: 'cli'; readonly cli: TemporalCli };

export interface ResolveOptions {
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Gets one sentence before anything is fetched, and one for each route that leads nowhere. */
  readonly log: (sentence: string) => void;
  readonly signal?: AbortSignal;
  /** Tried in this order. @default the SDK's download, the Python wheel, `go install` */
  readonly fetchRoutes?: readonly FetchRoute[];
}

/** A route that was tried, and why it led nowhere. */
export interface Attempt {
  readonly route: string;
  readonly reason: string;
}

/** Every route failed. The message lists them all and says what to do. */
export class NoTemporalCli extends Error {
  override readonly name = 'NoTemporalCli';

  constructor(readonly attempts: readonly Attempt[]) {
    super(
      [
        'No Temporal CLI was found, and none could be fetched. What was tried:',
        ...attempts.map(({ route, reason }) => `  - ${route}: ${reason}`),
        'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on the PATH, or set TEMPORAL_CLI_PATH',
        'to its executable, or set TEMPORAL_ADDRESS to the address of a running server.',
      ].join('\n'),
    );
  }
}

/**
 * @throws NoTemporalCli when every route failed; Error when `TEMPORAL_CLI_PATH` is set and cannot be used; the reason of
 * `signal` when aborted.
 */
export async function resolveTemporal(options: ResolveOptions): Promise<TemporalSource> {
  const { env = process.env, log, signal } = options;
  const address = givenAddress(env);
  if (address !== null) return { kind: 'server', address };
  const cli =
    (await givenPath(env, signal)) ?? (await new CliSearch({ env, log, signal }).run(options.fetchRoutes ?? ROUTES));
  return { kind: 'cli', cli };
}

const ROUTES: readonly FetchRoute[] = [sdkDownload(), pythonWheel(), goInstall()];

interface SearchContext {
  readonly env: NodeJS.ProcessEnv;
  readonly log: (sentence: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** One search for a CLI that nobody named, and what it has tried so far. */
class CliSearch {
  readonly #attempts: Attempt[] = [
    { route: 'TEMPORAL_ADDRESS', reason: 'not set' },
    { route: 'TEMPORAL_CLI_PATH', reason: 'not set' },
  ];

  constructor(private readonly context: SearchContext) {}

  async run(routes: readonly FetchRoute[]): Promise<TemporalCli> {
    const cache = new CliCache(cacheFolder(this.context.env));
    const cli =
      (await this.#installed()) ?? (await this.#cached(cache, routes)) ?? (await this.#fetched(cache, routes));
    if (cli === null) throw new NoTemporalCli(this.#attempts);
    return cli;
  }

  async #installed(): Promise<TemporalCli | null> {
    const { env, log, signal } = this.context;
    return await this.#attempt('temporal on the PATH', async () => {
      return await cliOnPath(env, signal).catch((error: unknown) => {
        if (error instanceof CliTooOld) log(`Not using the installed Temporal CLI: ${error.message}.`);
        throw error;
      });
    });
  }

  /** All caches come before any fetch: a route that was blocked yesterday must not delay every start. */
  async #cached(cache: CliCache, routes: readonly FetchRoute[]): Promise<TemporalCli | null> {
    for (const route of routes) {
      const cli = await cache.find(route, this.context.signal);
      if (cli !== null) return cli;
    }
    return null;
  }

  async #fetched(cache: CliCache, routes: readonly FetchRoute[]): Promise<TemporalCli | null> {
    const { env, log, signal } = this.context;
    for (const route of routes) {
      log(`Fetching the Temporal CLI from ${route.origin}; it is kept in ${cache.folder}.`);
      const cli = await this.#attempt(route.origin, () => cache.fetch(route, { env, signal }));
      if (cli !== null) return cli;
      log(`That did not work: ${this.#attempts.at(-1)?.reason}.`);
    }
    return null;
  }

  async #attempt(route: string, find: () => Promise<TemporalCli>): Promise<TemporalCli | null> {
    try {
      return await find();
    } catch (error) {
      this.context.signal?.throwIfAborted();
      this.#attempts.push({ route, reason: reasonOf(error) });
      return null;
    }
  }
}
