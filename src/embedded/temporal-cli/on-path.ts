import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { type TemporalCli, checkCli } from './cli-version.js';

/**
 * The `temporal` that a shell would run.
 *
 * @throws Error when there is none, when it does not answer, or when it is too old.
 */
export async function cliOnPath(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<TemporalCli> {
  const path = await firstExecutable(env);
  if (path === null) throw new Error('there is no executable of that name');
  return await checkCli(path, 'temporal on the PATH', signal);
}

async function firstExecutable(env: NodeJS.ProcessEnv): Promise<string | null> {
  const name = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const candidate = resolve(join(folder, name));
    const usable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return candidate;
  }
  return null;
}
