import { setTimeout as pause } from 'node:timers/promises';
import { ServiceError } from '@temporalio/client';
import { LicenseflowError } from '../../src/client/index.js';

const AGAIN_AFTER_MS = 200;

/**
 * Like somebody who repeats a command that was not answered: it counts once.
 *
 * @param isSilence which errors say that no answer came.
 * @param withinMs no repetition begins later.
 */
export async function answered<T>(
  command: () => Promise<T>,
  isSilence: (error: unknown) => boolean = isCutOff,
  withinMs = Infinity,
): Promise<T> {
  const lastAt = Date.now() + withinMs;
  for (;;) {
    try {
      return await command();
    } catch (error) {
      if (!isSilence(error) || Date.now() > lastAt) throw error;
      await pause(AGAIN_AFTER_MS);
    }
  }
}

/** Workers are there, and too busy to answer, or to poll. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof LicenseflowError && error.kind === 'unanswered';
}

/** Workers, or the server, went away in the middle. */
function isCutOff(error: unknown): boolean {
  return (
    error instanceof ServiceError ||
    (error instanceof LicenseflowError && ['unanswered', 'unreachable', 'failed'].includes(error.kind))
  );
}
