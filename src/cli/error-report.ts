/** Any error as what a person or a script gets to see of it: what happened, what to do, and an exit code. */
import { CommanderError } from 'commander';
import { LicenseflowError } from '../client/licenseflow-error.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT, exitCodeOfError } from './exit-codes.js';
import type { ErrorText } from './output.js';

/** The command line is wrong; nothing was sent. */
export function usageError(message: string, remedy: string): LicenseflowError {
  return new LicenseflowError('invalid', 'USAGE', message, remedy);
}

/** Ctrl-C while a question was open. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Errors of other parts whose message is complete by itself, by name, so that their modules need not be loaded here. */
const COMPLETE: Readonly<Record<string, { readonly kind: string; readonly exitCode: ExitCode }>> = {
  ConfigError: { kind: 'invalid', exitCode: EXIT.usage },
  EncryptionKeysError: { kind: 'invalid', exitCode: EXIT.usage },
  EncryptionKeyMissing: { kind: 'failed', exitCode: EXIT.failed },
  EncryptedPayloadBroken: { kind: 'failed', exitCode: EXIT.failed },
  PolicyFileError: { kind: 'invalid', exitCode: EXIT.usage },
  ControlError: { kind: 'failed', exitCode: EXIT.failed },
  FolderInUse: { kind: 'conflict', exitCode: EXIT.conflict },
  NoTemporalCli: { kind: 'unreachable', exitCode: EXIT.unreachable },
  ChildFailure: { kind: 'failed', exitCode: EXIT.failed },
  Interrupted: { kind: 'interrupted', exitCode: EXIT.interrupted },
};

/** @param help command that shows the help of what was typed. */
export function describeError(error: unknown, help: string): ErrorText & { readonly exitCode: ExitCode } {
  const detail = error instanceof Error ? traceOf(error) : null;
  if (error instanceof LicenseflowError) {
    const { kind, code, message, remedy } = error;
    return { kind, code, exitCode: exitCodeOfError(kind), message, remedy, detail };
  }
  if (error instanceof CommanderError)
    return {
      ...{ kind: 'invalid', code: 'USAGE', exitCode: EXIT.usage },
      message: error.message.replace(/^error: /, ''),
      ...{ remedy: `See ${help}`, detail: null },
    };
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const known = COMPLETE[name];
  if (known !== undefined) return { ...known, code: name, message, remedy: null, detail };
  return {
    ...{ kind: 'failed', code: 'UNEXPECTED', exitCode: EXIT.failed, message },
    ...{ remedy: 'This was not expected. The same command with --verbose shows where it comes from.', detail },
  };
}

function traceOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${traceOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
