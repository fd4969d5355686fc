/**
 * A lock on a folder that ends with the process that holds it, however that ends.
 *
 * The holder listens on a port of 127.0.0.1 and answers with a token; `lock/<port>-<token>` says where. A lock whose
 * holder does not answer is stale. (A process id would not do: after a crash in a container the same few ids come back.)
 * The file stands in a folder of its own, which is moved into place whole: that fails while another one is there, and
 * the removal of a stale file names exactly that file, so it cannot hit the lock of whoever was faster.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Server, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Another process works in this folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';

  constructor(folder: string) {
    super(
      `Another licenseflow already runs on ${folder}. Stop it first, or choose another state folder. ` +
        `If nothing runs there, delete ${join(folder, LOCK)}.`,
    );
  }
}

const LOCK = 'lock';
const ANSWER_WITHIN_MS = 2_000;
const ATTEMPTS = 20;

/**
 * Locks `folder`, which exists.
 *
 * @returns what unlocks it
 * @throws FolderInUse
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const token = randomUUID();
  const server = createServer((socket) => socket.on('error', () => {}).end(token)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const owner = `${(server.address() as AddressInfo).port}-${token}`;
  try {
    await take(folder, owner);
  } catch (error) {
    server.close();
    throw error;
  }
  return () => release(folder, owner, server);
}

/** Whether a living process holds the lock of `folder`. */
export async function isLocked(folder: string): Promise<boolean> {
  const owner = await ownerOf(folder);
  return owner !== null && (await answers(owner));
}

async function take(folder: string, owner: string): Promise<void> {
  const prepared = await mkdtemp(join(folder, `${LOCK}-`));
  try {
    await writeFile(join(prepared, owner), '');
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await moved(prepared, join(folder, LOCK))) return;
      if (!(await removeStale(folder))) break;
    }
    throw new FolderInUse(folder);
  } finally {
    await rm(prepared, { recursive: true, force: true });
  }
}

async function moved(prepared: string, lock: string): Promise<boolean> {
  try {
    await rename(prepared, lock);
    return true;
  } catch (error) {
    if (isCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM')) return false;
    throw error;
  }
}

async function ownerOf(folder: string): Promise<string | null> {
  const names = await readdir(join(folder, LOCK)).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  });
  return names[0] ?? null;
}

/** Removes a lock whose holder is gone. `false` when its holder lives. */
async function removeStale(folder: string): Promise<boolean> {
  const owner = await ownerOf(folder);
  if (owner === null) await removeEmpty(folder);
  else if (await answers(owner)) return false;
  else await remove(folder, owner);
  return true;
}

async function release(folder: string, owner: string, server: Server): Promise<void> {
  await remove(folder, owner);
  server.close();
}

async function remove(folder: string, owner: string): Promise<void> {
  await rm(join(folder, LOCK, owner), { force: true });
  await removeEmpty(folder);
}

async function removeEmpty(folder: string): Promise<void> {
  await rmdir(join(folder, LOCK)).catch((error: unknown) => {
    if (!isCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST', 'EPERM')) throw error;
  });
}

/** A holder that is stopped or overloaded accepts and says nothing: it still holds the lock. */
async function answers(owner: string): Promise<boolean> {
  const [, port, token] = /^(\d+)-(.+)$/.exec(owner) ?? [];
  if (port === undefined) return false;
  const socket = connect({ host: '127.0.0.1', port: Number(port) });
  socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error('no answer')));
  try {
    return (await text(socket)) === token;
  } catch (error) {
    return !isCode(error, 'ECONNREFUSED');
  }
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}
