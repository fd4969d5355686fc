import { randomUUID } from 'node:crypto';
import { LicenseflowError } from '../../client/licenseflow-error.js';
import type { NewEnd } from '../../domain/term.js';
import { usageError } from '../error-report.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import { instantOf } from '../instant.js';
import type { Invocation } from '../invocation.js';
import { printCurrent } from '../request-summary.js';

export interface ExtendCommandOptions {
  readonly as: string;
  /** Milliseconds. */
  readonly by?: number;
  readonly until?: string;
  readonly reason: string;
  readonly id?: string;
}

/** Moves the end of a licence, or asks its approvers to. */
export async function extend(
  invocation: Invocation,
  options: ExtendCommandOptions,
  requestId: string,
): Promise<ExitCode> {
  const end = newEnd(options, invocation);
  const { requests } = (await invocation.session()).licenseflow;
  const extensionId = options.id ?? randomUUID();
  const actor = { ref: options.as, assurance: 'asserted' } as const;
  try {
    await requests.extend(requestId, { actor, end, reason: options.reason, extensionId });
  } catch (error) {
    throw repeatable(error, extensionId);
  }
  await printCurrent(requests, requestId, invocation.out);
  return EXIT.ok;
}

function newEnd({ by, until }: ExtendCommandOptions, { deps }: Invocation): NewEnd {
  if (by !== undefined) return { byMs: by };
  const { timeZone } = deps;
  if (until !== undefined) return { untilMs: instantOf('--until', until, { now: Date.now(), timeZone, isEnd: true }) };
  throw usageError('The new end is missing.', 'Say by how much (--by 30d) or until when (--until 2027-02-28).');
}

/** A command that got lost may have counted: whoever repeats it with the same id extends nothing twice. */
function repeatable(error: unknown, extensionId: string): unknown {
  const lost = error instanceof LicenseflowError && (error.kind === 'unanswered' || error.kind === 'unreachable');
  if (!lost) return error;
  const { kind, code, message, remedy } = error;
  const again = `To say it again without extending twice, add: --id ${extensionId}`;
  return new LicenseflowError(kind, code, message, `${remedy}\n${again}`, { cause: error });
}
