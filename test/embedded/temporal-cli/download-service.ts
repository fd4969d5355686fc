/** A server on this machine that stands for the SDK's download service, and can be told to misbehave. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { create } from 'tar';
import { cliScript, fakeExecutable } from '../fake-executable.js';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface DownloadService {
  readonly endpoint: string;
  /** Addresses that were asked for, in order. */
  readonly asked: readonly URL[];
  /** What `/archive.tar.gz` answers from now on. */
  archive: Answer;
  /** What the endpoint itself answers from now on. */
  info: Answer;
  close(): Promise<void>;
}

export async function downloadService(archive: Buffer): Promise<DownloadService> {
  const asked: URL[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', base());
    asked.push(url);
    (url.pathname === '/archive.tar.gz' ? service.archive : service.info)(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const service = {
    endpoint: `${base()}/cli/default`,
    asked,
    archive: whole(archive),
    info: json({ archiveUrl: `${base()}/archive.tar.gz`, fileToExtract: 'temporal' }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return service;
}

export function json(body: unknown): Answer {
  return (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function status(code: number, body: string): Answer {
  return (_, response) => response.writeHead(code).end(body);
}

export function whole(archive: Buffer): Answer {
  return (_, response) => response.writeHead(200, { 'content-length': archive.length }).end(archive);
}

/** Sends the first half, and then the connection breaks. */
export function broken(archive: Buffer): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-length': archive.length });
    response.write(archive.subarray(0, archive.length / 2), () => response.destroy());
  };
}

/** Sends the first half as if it were everything. */
export function truncated(archive: Buffer): Answer {
  return whole(archive.subarray(0, archive.length / 2));
}

/** Sends the first half, and then nothing more; calls `reached` at that point. */
export function stalled(archive: Buffer, reached: () => void = () => {}): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-length': archive.length });
    response.write(archive.subarray(0, archive.length / 2), reached);
  };
}

export const silent: Answer = () => {};

/** A `.tar.gz` with a fake Temporal CLI. */
export async function cliArchive(folder: string, script = cliScript(), name = 'temporal'): Promise<Buffer> {
  await fakeExecutable(folder, name, script);
  const file = join(folder, 'archive.tar.gz');
  await create({ gzip: true, cwd: folder, file }, [name]);
  return await readFile(file);
}
