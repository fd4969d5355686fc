import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const GOOD_VERSION = 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)';
export const OLD_VERSION = 'temporal version 1.1.0 (Server 1.25.0, UI 2.31.2)';

/** The text of a shell script that answers like a Temporal CLI. */
export function cliScript(version: string = GOOD_VERSION): string {
  return `#!/bin/sh\necho "${version}"\n`;
}

/** Puts an executable with `script` as its content into `folder`, and returns its path. */
export async function fakeExecutable(folder: string, name: string, script: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(path, script, { mode: 0o755 });
  return path;
}
