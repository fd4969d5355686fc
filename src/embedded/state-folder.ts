/** The folder in which a stack keeps what must survive it, and what its parts must find. One stack at a time. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChildProcesses } from './child-processes.js';
import { lockFolder } from './folder-lock.js';
import { isProcessAlive } from './process-alive.js';
import { readStackFile, removeStackFile } from './stack-file.js';

export type StackState =
  /** Everything is kept in `folder`, and a later stack goes on from there. */
  | { readonly kind: 'kept'; readonly folder: string }
  /** Nothing outlives the stack. */
  | { readonly kind: 'ephemeral' };

/** Longer than any of our children takes to end after the stack that started it was killed. */
const LEFTOVERS_END_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 100;

/**
 * Makes the folder and claims it until `children` are stopped.
 *
 * @returns its absolute path
 * @throws FolderInUse
 */
export async function claimStateFolder(state: StackState, children: ChildProcesses): Promise<string> {
  return state.kind === 'ephemeral'
    ? await temporaryFolder(children)
    : await keptFolder(resolve(state.folder), children);
}

async function temporaryFolder(children: ChildProcesses): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'licenseflow-'));
  children.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

async function keptFolder(folder: string, children: ChildProcesses): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // The folder holds keys and tenant data, which must not get into anybody's repository.
  await writeFile(join(folder, '.gitignore'), '*\n');
  children.defer(await lockFolder(folder));
  await leftoversGone(folder, children);
  await removeStackFile(folder);
  return folder;
}

/** Children of a stack that was killed end by themselves, a moment later; the database must not have two masters. */
async function leftoversGone(folder: string, { log, signal }: ChildProcesses): Promise<void> {
  const pids = (await readStackFile(folder))?.pids.filter(isProcessAlive) ?? [];
  if (pids.length === 0) return;
  log('stack', `The last stack on ${folder} was killed; waiting until its processes (${pids.join(', ')}) have ended.`);
  const deadline = Date.now() + LEFTOVERS_END_WITHIN_MS;
  while (pids.some(isProcessAlive) && Date.now() < deadline) await delay(LOOK_EVERY_MS, null, { signal });
  const alive = pids.filter(isProcessAlive);
  if (alive.length > 0) log('stack', `Going on: ${alive.join(', ')} must belong to someone else by now.`);
}
