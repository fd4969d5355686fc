import { type ExecFileException, execFile } from 'node:child_process';

export interface CommandLimits {
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds until the command is ended. */
  readonly timeoutMs: number;
  /** Ends the command early. */
  readonly signal?: AbortSignal | undefined;
  readonly cwd?: string;
}

/** A command that could not be run to a good end. The message is one sentence with the command's last words. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  constructor(
    message: string,
    /** There is no such executable. */
    readonly missing: boolean,
  ) {
    super(message);
  }
}

const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
const LAST_WORDS = 3;

/**
 * Runs `file` (looked up along `env.PATH`) without a shell and returns what it wrote to stdout.
 *
 * @throws CommandFailure when it is missing, fails, or takes longer than `timeoutMs`; the reason of `signal` when aborted.
 */
export async function runCommand(file: string, args: readonly string[], limits: CommandLimits): Promise<string> {
  const { env, timeoutMs, signal, cwd } = limits;
  signal?.throwIfAborted();
  const options = { env, timeout: timeoutMs, signal, cwd, maxBuffer: OUTPUT_BYTES_MAX, windowsHide: true };
  return await new Promise((resolve, reject) => {
    execFile(file, args, { ...options, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (signal?.aborted) reject(signal.reason as Error);
      else reject(failureOf(file, timeoutMs, error, stderr || stdout));
    });
  });
}

function failureOf(file: string, timeoutMs: number, error: ExecFileException, output: string): CommandFailure {
  if (error.code === 'ENOENT') return new CommandFailure(`${file} does not exist`, true);
  if (error.killed) return new CommandFailure(`${file} took longer than ${timeoutMs / 1000} s and was ended`, false);
  const said = lastWords(output);
  return new CommandFailure(`${file} failed (${endOf(error)})${said === '' ? '' : `: ${said}`}`, false);
}

/** Node's own message repeats the whole command line, which helps nobody. */
function endOf({ code, signal, name }: ExecFileException): string {
  return typeof code === 'number' ? `exit code ${code}` : (signal ?? code ?? name);
}

/** Lines that call themselves errors say more than what follows them; else the end of the output has to do. */
function lastWords(output: string): string {
  const lines = output.split(/\r?\n/).flatMap((line) => line.trim() || []);
  const errors = lines.filter((line) => /^error\b/i.test(line));
  return (errors.length > 0 ? errors : lines).slice(-LAST_WORDS).join(' ');
}
