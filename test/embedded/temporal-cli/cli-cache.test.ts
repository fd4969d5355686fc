import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { nodeArguments } from '../../../src/embedded/own-program.js';
import { CliCache } from '../../../src/embedded/temporal-cli/cli-cache.js';
import type { FetchRoute } from '../../../src/embedded/temporal-cli/fetch-route.js';
import { OLD_VERSION, cliScript, fakeExecutable } from '../fake-executable.js';
import { temporaryFolders } from '../temporary-folder.js';
import { type DownloadService, cliArchive, downloadService, stalled, whole } from './download-service.js';

const PROGRAM = fileURLToPath(new URL('../programs/fetch-cli.ts', import.meta.url));

describe('the cache of fetched CLIs', () => {
  const folder = temporaryFolders();
  const request = { env: process.env };

  it('keeps what answers, and nothing else', async () => {
    const cache = new CliCache(await folder());
    const fetched = await cache.fetch(routeTo(cliScript()), request);
    assert.deepEqual(await readdir(cache.folder), ['temporal-test']);
    assert.equal(await readFile(fetched.path, 'utf8'), cliScript());
    assert.deepEqual(await cache.find(routeTo('')), { ...fetched, origin: 'a test (cached)' });
  });

  for (const [what, script] of [
    ['does not run', 'not a program'],
    ['is no Temporal CLI', cliScript('hello')],
    ['is too old', cliScript(OLD_VERSION)],
  ] as const) {
    it(`does not keep what ${what}`, async () => {
      const cache = new CliCache(await folder());
      await assert.rejects(cache.fetch(routeTo(script), request));
      assert.deepEqual(await readdir(cache.folder), []);
      assert.equal(await cache.find(routeTo('')), null);
    });
  }

  it('looks again before each use, and replaces what has broken meanwhile', async () => {
    const cache = new CliCache(await folder());
    const { path } = await cache.fetch(routeTo(cliScript()), request);
    await writeFile(path, '');
    assert.equal(await cache.find(routeTo('')), null);
    await cache.fetch(routeTo(cliScript()), request);
    assert.equal((await cache.find(routeTo('')))?.path, path);
  });

  it('removes what a killed fetch left long ago, and leaves a running fetch alone', async () => {
    const cache = new CliCache(await folder());
    const [old, young] = [join(cache.folder, 'fetching-old'), join(cache.folder, 'fetching-young')];
    await Promise.all([mkdir(old, { recursive: true }), mkdir(young, { recursive: true })]);
    const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000);
    await utimes(old, yesterday, yesterday);
    await cache.fetch(routeTo(cliScript()), request);
    assert.deepEqual((await readdir(cache.folder)).sort(), ['fetching-young', 'temporal-test']);
  });

  describe('shared by processes', () => {
    let service: DownloadService;
    let archive: Buffer;
    const started: ChildProcess[] = [];

    beforeEach(async () => {
      archive = await cliArchive(await folder());
      service = await downloadService(archive);
    });
    afterEach(async () => {
      for (const child of started.splice(0)) child.kill('SIGKILL');
      await service.close();
    });

    function fetchIn(cache: string) {
      const env = { HOME: cache, PATH: '/usr/bin:/bin', LICENSEFLOW_CACHE: cache };
      const child = spawn(process.execPath, nodeArguments(PROGRAM, [service.endpoint]), {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      started.push(child);
      return { child, printed: text(child.stdout), ended: once(child, 'exit') };
    }

    it('serves two that fetch at the same time', async () => {
      const cache = await folder();
      // Both are in the middle of the archive before either gets the rest.
      const waiting: (() => void)[] = [];
      service.archive = (request, response) => {
        waiting.push(() => whole(archive)(request, response));
        if (waiting.length === 2) for (const go of waiting) go();
      };
      const both = [fetchIn(cache), fetchIn(cache)];
      const paths = await Promise.all(both.map(({ printed }) => printed));
      const [path] = new Set(paths);
      assert.ok(path !== undefined && paths.every((other) => other === path), `one path: ${paths.join()}`);
      assert.equal(await readFile(path.trim(), 'utf8'), cliScript());
      assert.equal((await readdir(join(cache, 'temporal-cli'))).length, 1, 'nothing unfinished is left');
    });

    it('does not take a killed fetch for a finished one', async () => {
      const cache = await folder();
      const halfWay = new Promise<void>((resolve) => (service.archive = stalled(archive, resolve)));
      const killed = fetchIn(cache);
      await halfWay;
      killed.child.kill('SIGKILL');
      await killed.ended;
      const left = await readdir(join(cache, 'temporal-cli'));
      assert.ok(left.length > 0 && left.every((name) => name.startsWith('fetching-')), left.join());
      service.archive = whole(archive);
      const path = (await fetchIn(cache).printed).trim();
      assert.equal(await readFile(path, 'utf8'), cliScript());
    });
  });
});

function routeTo(script: string): FetchRoute {
  return { id: 'test', origin: 'a test', fetch: (into) => fakeExecutable(into, 'fetched', script) };
}
