/**
 * `stack.json` in the state folder: where the parts of a running stack listen, for commands in other terminals, and their
 * process ids. It is there while the stack runs; one that is left behind by a crash is told by the missing lock.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isLocked } from './folder-lock.js';

const StackFile = z.object({
  version: z.literal(1),
  startedAt: z.iso.datetime(),
  temporalAddress: z.string(),
  /** `null` when the Temporal server is someone else's. */
  uiUrl: z.string().nullable(),
  namespace: z.string(),
  graphUrl: z.string(),
  controlUrl: z.string(),
  caFile: z.string(),
  /** `null` where no API was wanted. */
  webUrl: z.string().nullable().default(null),
  pids: z.array(z.number()),
});

export type StackFile = Readonly<z.infer<typeof StackFile>>;

/** The stack that runs on `folder`; `null` when none does. */
export async function runningStack(folder: string): Promise<StackFile | null> {
  return (await isLocked(folder)) ? await readStackFile(folder) : null;
}

/** What the last stack wrote, whether or not it still runs. A file that makes no sense is as good as none. */
export async function readStackFile(folder: string): Promise<StackFile | null> {
  try {
    return StackFile.parse(JSON.parse(await readFile(pathIn(folder), 'utf8')));
  } catch {
    return null;
  }
}

export async function writeStackFile(folder: string, content: StackFile): Promise<void> {
  const draft = `${pathIn(folder)}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`);
  await rename(draft, pathIn(folder));
}

export async function removeStackFile(folder: string): Promise<void> {
  await rm(pathIn(folder), { force: true });
}

function pathIn(folder: string): string {
  return join(folder, 'stack.json');
}
