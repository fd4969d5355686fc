/**
 * Runs command lines in this process and keeps what they write.
 *
 * Tests load this file by `await import`, which makes mocha import them. It would `require` them otherwise, while commands
 * are imported when they run: two copies of each module, and no error of the one is an instance of a class of the other.
 */
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { ExitCode } from '../../src/cli/exit-codes.js';
import type { CliDependencies, Session } from '../../src/cli/invocation.js';
import { runCli } from '../../src/cli/program.js';
import type { FakeCalls } from './fake-session.js';
import { fakeSession } from './fake-session.js';

export interface RunOptions {
  /** Answers of the client library, or how the session is opened. */
  readonly calls?: FakeCalls | (() => Promise<Session>);
  /** Whether stdin, stdout and stderr are a terminal. */
  readonly terminal?: boolean;
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signals?: EventEmitter;
  readonly timeZone?: string;
}

export interface Ran {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { calls = {}, terminal = false, stdin = '', env = {}, cwd = import.meta.dirname } = options;
  const [stdout, stderr] = [new Sink(terminal), new Sink(terminal)];
  const input = Object.assign(new PassThrough(), { isTTY: terminal });
  if (stdin !== '' || !terminal) input.end(stdin);
  const deps: CliDependencies = {
    ...{ stdout, stderr, env, cwd, stdin: input },
    signals: options.signals ?? new EventEmitter(),
    timeZone: options.timeZone ?? 'UTC',
    openSession: typeof calls === 'function' ? calls : () => Promise.resolve(fakeSession(calls)),
    exit: (code) => {
      throw new Error(`exit ${code}`);
    },
  };
  const code = await runCli(argv, deps);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Sink {
  text = '';

  constructor(readonly isTTY: boolean) {}

  write(text: string): void {
    this.text += text;
  }
}
