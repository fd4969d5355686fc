/**
 * The download service that the Temporal SDKs use for their own test servers: it names the archive that suits an SDK
 * version, a platform and a processor. The SDK offers it only as part of its testing package, so it is asked here.
 */
import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar';
import { z } from 'zod';
import type { FetchRoute } from './fetch-route.js';
import { reasonOf } from './reason.js';

export interface SdkDownloadOptions {
  /** @default https://temporal.download/cli/default */
  readonly endpoint?: string;
  /** Until the service has named an archive. Short, because a blocked network often does not answer at all. */
  readonly answerWithinMs?: number;
  /** Until the archive is there. */
  readonly downloadWithinMs?: number;
}

const { version: SDK_VERSION } = z
  .object({ version: z.string() })
  .parse(createRequire(import.meta.url)('@temporalio/client/package.json'));

const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

const ArchiveInfo = z.object({
  archiveUrl: z.url(),
  fileToExtract: z
    .string()
    .min(1)
    .refine((path) => !isAbsolute(path) && !path.split(/[\\/]/).includes('..'), 'must stay inside the archive'),
});

export function sdkDownload(options: SdkDownloadOptions = {}): FetchRoute {
  const { endpoint = 'https://temporal.download/cli/default' } = options;
  const { answerWithinMs = 15_000, downloadWithinMs = 180_000 } = options;
  return {
    id: `sdk-${SDK_VERSION}`,
    origin: `the download of the Temporal SDK (${new URL(endpoint).host})`,
    async fetch(into, { signal }) {
      const { archiveUrl, fileToExtract } = await archiveInfo(endpoint, limited(answerWithinMs, signal));
      await unpack(archiveUrl, fileToExtract, into, limited(downloadWithinMs, signal));
      return join(into, fileToExtract);
    },
  };
}

function limited(timeoutMs: number, signal?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

async function archiveInfo(endpoint: string, signal: AbortSignal): Promise<z.infer<typeof ArchiveInfo>> {
  const body: unknown = await (await get(question(endpoint), signal)).json().catch((error: unknown) => {
    throw new Error(`${endpoint} did not answer with JSON (${reasonOf(error)})`, { cause: error });
  });
  const info = ArchiveInfo.safeParse(body);
  if (!info.success) throw new Error(`${endpoint} answered something unexpected (${z.prettifyError(info.error)})`);
  if (new URL(info.data.archiveUrl).protocol !== new URL(endpoint).protocol) {
    throw new Error(`${endpoint} points to ${info.data.archiveUrl}, which is not as well protected as itself`);
  }
  return info.data;
}

function question(endpoint: string): URL {
  const platform = PLATFORMS[process.platform];
  const arch = ARCHITECTURES[process.arch];
  if (platform === undefined || arch === undefined) {
    throw new Error(`there is no Temporal CLI for ${process.platform} on ${process.arch}`);
  }
  const url = new URL(endpoint);
  url.search = new URLSearchParams({
    platform,
    arch,
    format: 'tar.gz',
    'sdk-name': 'sdk-typescript',
    'sdk-version': SDK_VERSION,
  }).toString();
  return url;
}

async function unpack(archiveUrl: string, file: string, into: string, signal: AbortSignal): Promise<void> {
  const { body } = await get(new URL(archiveUrl), signal);
  if (body === null) throw new Error(`${archiveUrl} is empty`);
  let found = false;
  const onlyTheFile = (path: string): boolean => path === file && (found = true);
  try {
    // Not strict, the library lets a file that could not be written (a full disk) pass with a warning.
    await pipeline(Readable.fromWeb(body), extract({ cwd: into, strict: true, filter: onlyTheFile }), { signal });
  } catch (error) {
    throw new Error(`${archiveUrl} could not be unpacked (${reasonOf(error)})`, { cause: error });
  }
  if (!found) throw new Error(`${archiveUrl} does not contain ${file}`);
}

async function get(url: URL, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    throw new Error(`${url.host} cannot be reached (${reasonOf(error)})`, { cause: error });
  });
  if (!response.ok) throw new Error(`${url.origin}${url.pathname} answered with status ${response.status}`);
  return response;
}
