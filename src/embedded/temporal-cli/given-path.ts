import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { type TemporalCli, checkCli } from './cli-version.js';
import { reasonOf } from './reason.js';

/**
 * The CLI that `TEMPORAL_CLI_PATH` names; `null` when it names none. Whoever sets it means this very executable, so one
 * that does not work is an error and never a reason to look elsewhere.
 *
 * @throws Error with the reason and what to do.
 */
export async function givenPath(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<TemporalCli | null> {
  const path = env['TEMPORAL_CLI_PATH']?.trim();
  if (!path) return null;
  try {
    await mustBeExecutable(path);
    return await checkCli(path, 'TEMPORAL_CLI_PATH', signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(
      `TEMPORAL_CLI_PATH cannot be used: ${reasonOf(error)}. Correct it, or unset it to let licenseflow find a CLI by itself.`,
      { cause: error },
    );
  }
}

async function mustBeExecutable(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new Error(`${path} does not exist`);
  if (!found.isFile()) throw new Error(`${path} is not a file`);
  await access(path, constants.X_OK).catch(() => {
    throw new Error(`${path} is not executable`);
  });
}
