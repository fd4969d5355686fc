import { FAILURE_CODES, isFailureCode } from '../../domain/failures.js';
import { usageError } from '../error-report.js';
import type { ExitCode } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { ActingOptions } from './acting.js';
import { act } from './acting.js';

export interface RetryOptions extends ActingOptions {
  readonly code?: readonly string[];
}

/** Tries users that failed once more: all of them, or those with one of the codes. */
export async function retry(invocation: Invocation, options: RetryOptions, campaignId: string): Promise<ExitCode> {
  const unknown = (options.code ?? []).filter((code) => !isFailureCode(code));
  if (unknown.length > 0)
    throw usageError(`No failure has the code ${unknown.join(', ')}.`, `Codes: ${FAILURE_CODES.join(', ')}`);
  const codes = options.code?.filter(isFailureCode) ?? null;
  const { campaigns } = (await invocation.session()).licenseflow;
  return act(invocation, options, campaignId, (command) => campaigns.retry(campaignId, { ...command, codes }));
}
