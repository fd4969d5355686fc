/**
 * The executables that were fetched once, one file each: `<cache>/temporal-cli/temporal-<route id>`.
 *
 * A fetch happens in a folder of its own beside them. Only an executable that has answered `--version` is moved into
 * place, by one rename in the same file system. So a killed fetch leaves nothing that looks finished, and two processes
 * that fetch at once both end with a whole file.
 */
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type TemporalCli, checkCli } from './cli-version.js';
import type { FetchRequest, FetchRoute } from './fetch-route.js';

const UNFINISHED = 'fetching-';
/** Longer than any route may take, so that what is this old belongs to a process that was killed. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

export class CliCache {
  /** Where the executables are. */
  readonly folder: string;

  constructor(cacheFolder: string) {
    this.folder = join(cacheFolder, 'temporal-cli');
  }

  /** What `route` fetched earlier, if it still works. A file that does not is as good as none; a new fetch replaces it. */
  async find(route: FetchRoute, signal?: AbortSignal): Promise<TemporalCli | null> {
    try {
      return await checkCli(this.#fileOf(route), `${route.origin} (cached)`, signal);
    } catch {
      signal?.throwIfAborted();
      return null;
    }
  }

  /** Fetches by `route`, checks what came, and keeps it. */
  async fetch(route: FetchRoute, request: FetchRequest): Promise<TemporalCli> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await this.#removeAbandoned();
    const workplace = await mkdtemp(join(this.folder, UNFINISHED));
    try {
      const fetched = await route.fetch(workplace, request);
      await chmod(fetched, 0o755);
      const { version } = await checkCli(fetched, route.origin, request.signal);
      await this.#keep(fetched, route);
      return { path: this.#fileOf(route), version, origin: route.origin };
    } finally {
      await rm(workplace, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async #keep(fetched: string, route: FetchRoute): Promise<void> {
    try {
      await rename(fetched, this.#fileOf(route));
    } catch (error) {
      // Windows does not replace a file that is running: then another process has put the same one there, and uses it.
      if ((await this.find(route)) === null) throw error;
    }
  }

  async #removeAbandoned(): Promise<void> {
    const unfinished = (await readdir(this.folder)).filter((name) => name.startsWith(UNFINISHED));
    for (const path of unfinished.map((name) => join(this.folder, name))) {
      const age = await stat(path).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      );
      if (age > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
    }
  }

  #fileOf(route: FetchRoute): string {
    return join(this.folder, `temporal-${route.id}${process.platform === 'win32' ? '.exe' : ''}`);
  }
}
