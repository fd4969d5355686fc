/** How a stack of this machine starts its worker, with which policy, and how its API. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ownModule } from '../embedded/own-program.js';
import type { WebCommand, WorkerCommand } from '../embedded/stack.js';
import { usageError } from './error-report.js';
import type { CliDependencies } from './invocation.js';

/** It waits for nothing but the answers that are under way. */
const WEB_STOPS_WITHIN_MS = 10_000;
/** A worker that is told to end waits this long for its writes, and then some. */
const WORKER_STOPS_WITHIN_MS = 75_000;

/**
 * The policy that was chosen, or the one of the simulated tenant.
 *
 * @throws LicenseflowError `invalid` where the file is not there.
 */
export function stackPolicy(chosen: string | undefined, { cwd }: Pick<CliDependencies, 'cwd'>): string {
  const file = chosen ? resolve(cwd, chosen) : fileURLToPath(new URL('../embedded/policy.yaml', import.meta.url));
  if (existsSync(file)) return file;
  throw usageError(
    `There is no policy file ${file}.`,
    'Name one with --policy, or leave it out for the one of the simulated tenant.',
  );
}

export function stackWorkerCommand(policy: string, logLevel: string): WorkerCommand {
  return {
    module: ownModule('cli/stack-worker'),
    args: [],
    ready: z.object({ ready: z.literal(true), taskQueue: z.string() }),
    env: ({ controlUrl, caFile }) => ({
      STACK_CONTROL_URL: controlUrl,
      STACK_FOLDER: resolve(caFile, '..'),
      LICENSEFLOW_POLICY_FILE: policy,
      LICENSEFLOW_LOG_LEVEL: logLevel,
    }),
    stopWithinMs: WORKER_STOPS_WITHIN_MS,
  };
}

export function stackWebCommand(logLevel: string): WebCommand {
  return {
    module: ownModule('cli/stack-web'),
    args: [],
    ready: z.object({ ready: z.literal(true), url: z.url() }),
    env: ({ controlUrl, caFile }, url) => ({
      STACK_CONTROL_URL: controlUrl,
      STACK_FOLDER: resolve(caFile, '..'),
      LICENSEFLOW_API_LISTEN: new URL(url).host,
      LICENSEFLOW_API_PUBLIC_URL: url,
      LICENSEFLOW_LOG_LEVEL: logLevel,
    }),
    stopWithinMs: WEB_STOPS_WITHIN_MS,
  };
}
