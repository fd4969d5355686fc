import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { checkCli } from '../../../src/embedded/temporal-cli/cli-version.js';
import { sdkDownload } from '../../../src/embedded/temporal-cli/sdk-download.js';
import { temporaryFolders } from '../temporary-folder.js';
import {
  type Answer,
  type DownloadService,
  broken,
  cliArchive,
  downloadService,
  json,
  silent,
  stalled,
  status,
  truncated,
  whole,
} from './download-service.js';

describe("the SDK's download", () => {
  const folder = temporaryFolders();
  const request = { env: process.env };
  const limits = { answerWithinMs: 300, downloadWithinMs: 300 };
  let archive: Buffer;
  let service: DownloadService;

  beforeEach(async () => {
    archive = await cliArchive(await folder());
    service = await downloadService(archive);
  });
  afterEach(() => service.close());

  it('asks for this machine and this SDK, and unpacks the executable and nothing else', async () => {
    const into = await folder();
    const path = await sdkDownload({ endpoint: service.endpoint }).fetch(into, request);
    assert.equal((await checkCli(path, 'a test')).version.cli, '1.9.1');
    assert.deepEqual(await readdir(into), ['temporal']);
    const question = Object.fromEntries(service.asked[0]?.searchParams ?? []);
    assert.match(question['sdk-version'] ?? '', /^\d+\.\d+\.\d+$/);
    assert.equal(question['sdk-name'], 'sdk-typescript');
    assert.equal(question['format'], 'tar.gz');
    assert.ok(['linux', 'darwin', 'windows'].includes(question['platform'] ?? ''));
    assert.ok(['amd64', 'arm64'].includes(question['arch'] ?? ''));
  });

  const badInfo: readonly [what: string, answer: Answer, says: RegExp][] = [
    ['refuses', status(403, 'blocked by policy'), /\/cli\/default answered with status 403/],
    ['answers with a login page', status(200, '<html>Sign in</html>'), /did not answer with JSON/],
    ['answers something else', json({ url: 'x' }), /answered something unexpected/],
    ['wants a file outside', json({ archiveUrl: 'http://x/', fileToExtract: '../temporal' }), /must stay inside/],
    ['wants an absolute file', json({ archiveUrl: 'http://x/', fileToExtract: '/bin/sh' }), /must stay inside/],
    [
      'points to a lesser protocol',
      json({ archiveUrl: 'ftp://x/t.tar.gz', fileToExtract: 't' }),
      /not as well protected/,
    ],
    ['does not answer', silent, /cannot be reached \(.*timeout/],
  ];
  for (const [what, answer, says] of badInfo) {
    it(`fails when the service ${what}`, async () => {
      service.info = answer;
      await assert.rejects(sdkDownload({ endpoint: service.endpoint, ...limits }).fetch(await folder(), request), says);
    });
  }

  const badArchive: readonly [what: string, answer: (archive: Buffer) => Answer, says: RegExp][] = [
    ['is gone', () => status(404, 'gone'), /archive\.tar\.gz answered with status 404/],
    ['breaks off', broken, /could not be unpacked/],
    ['is cut short', truncated, /could not be unpacked/],
    ['is cut short and not compressed', (bytes) => whole(gunzipSync(bytes).subarray(0, 540)), /could not be unpacked/],
    ['is a page', () => status(200, '<html>Sign in</html>'.repeat(100)), /could not be unpacked/],
    ['is empty', () => status(200, ''), /does not contain temporal|could not be unpacked/],
    ['stalls', (bytes) => stalled(bytes), /could not be unpacked \(.*timeout/],
  ];
  for (const [what, answer, says] of badArchive) {
    it(`fails when the archive ${what}`, async () => {
      service.archive = answer(archive);
      await assert.rejects(sdkDownload({ endpoint: service.endpoint, ...limits }).fetch(await folder(), request), says);
    });
  }

  it('fails when the archive holds other files only', async () => {
    const other = await downloadService(await cliArchive(await folder(), '#!/bin/sh\n', 'README'));
    try {
      await assert.rejects(
        sdkDownload({ endpoint: other.endpoint }).fetch(await folder(), request),
        /does not contain temporal/,
      );
    } finally {
      await other.close();
    }
  });

  it('fails when the executable cannot be written', async () => {
    const into = await folder();
    await mkdir(join(into, 'temporal', 'in the way'), { recursive: true });
    await assert.rejects(sdkDownload({ endpoint: service.endpoint }).fetch(into, request), /could not be unpacked/);
  });

  it('fails when nobody listens', async () => {
    await service.close();
    const fetching = sdkDownload({ endpoint: service.endpoint }).fetch(await folder(), request);
    await assert.rejects(fetching, /127\.0\.0\.1:\d+ cannot be reached \(connect ECONNREFUSED/);
    service = await downloadService(archive);
  });

  it('ends when it is aborted', async () => {
    const stop = new AbortController();
    service.archive = stalled(archive, () => stop.abort(new Error('enough')));
    const route = sdkDownload({ endpoint: service.endpoint });
    await assert.rejects(route.fetch(await folder(), { ...request, signal: stop.signal }), /enough|aborted/);
  });
});
