import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { TestOutcomes, TestProgress } from './test-reporter.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const REPORTER = path.join(import.meta.dirname, 'test-reporter.ts');
const ALL_TESTS = 'test/**/*.test.ts';

export interface MochaRun {
  /** mocha's own arguments. Files (or quoted globs) ending in `.ts` replace the default of all tests. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** How long mocha may live on after its last test, in milliseconds, before that counts as a failure. */
  readonly exitGraceMs: number;
  /** Where mocha's output goes: here as it comes, here when all is over (beside another run), or nowhere. */
  readonly output?: 'live' | 'at-the-end' | 'none';
}

const STDIO = { live: 'inherit', 'at-the-end': 'pipe', none: 'ignore' } as const;

/**
 * Runs mocha in a process of its own and reports how its tests ended. A run that did not end as it should (a crash, a
 * signal, a process that stays alive after its last test) counts as one more failure, whatever its tests said.
 */
export async function runMocha({ args, env, exitGraceMs, output = 'live' }: MochaRun): Promise<TestOutcomes> {
  const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
  const files = args.some((arg) => arg.endsWith('.ts')) ? [] : [ALL_TESTS];
  const stdio = STDIO[output];
  const child = fork(mocha, ['--reporter', REPORTER, ...files, ...args], {
    cwd: ROOT,
    env,
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', stdio, stdio, 'ipc'],
  });
  const held: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => held.push(chunk));

  let last: TestProgress = { type: 'test-progress', outcomes: { passed: 0, skipped: 0, failures: [] }, over: false };
  let grace: NodeJS.Timeout | undefined;
  child.on('message', (message) => {
    if (!isProgress(message)) return;
    last = message;
    if (!message.over) return;
    grace = setTimeout(() => {
      if (output !== 'none')
        console.error('All tests have ended, but something they left open (a server, a worker, a timer) goes on.');
      child.kill('SIGKILL');
    }, exitGraceMs);
  });

  // Ctrl-C reaches mocha by itself; its end is waited for, so that the outcomes are still told.
  const keepWaiting = (): void => {};
  const passOn = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', keepWaiting).on('SIGTERM', passOn);
  try {
    const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
    process.stdout.write(Buffer.concat(held));
    const { outcomes, over } = last;
    const broken = !over || (code !== 0 && outcomes.failures.length === 0);
    return broken ? { ...outcomes, failures: [...outcomes.failures, howItBroke(over)] } : outcomes;
  } finally {
    clearTimeout(grace);
    process.off('SIGINT', keepWaiting).off('SIGTERM', passOn);
  }
}

function howItBroke(over: boolean): string {
  return over
    ? 'All tests of one process had ended, but the process did not end well (something that they left open, or a crash).'
    : 'One process ended before its last test.';
}

/** Loaders in the child send messages of their own on the same channel. */
function isProgress(message: unknown): message is TestProgress {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'test-progress';
}
