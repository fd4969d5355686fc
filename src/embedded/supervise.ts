/**
 * A program: runs a foreign executable so that it lives exactly as long as whoever asked for it. The Temporal CLI does
 * not look whether its parent is still there, so this process does: it speaks the protocol of our own children
 * ({@link file://./node-child.ts}) and passes the end on, first politely (SIGTERM), then not.
 *
 * Usage: supervise <milliseconds until the kill> <executable> [argument ...]
 */
import { spawn } from 'node:child_process';
import { whenParentGone } from '../worker/parent-gone.js';

const [graceMs, executable, ...args] = process.argv.slice(2);
if (graceMs === undefined || executable === undefined)
  throw new Error('Usage: supervise <milliseconds> <executable> ...');

const child = spawn(executable, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });

// Whoever read our output may be gone, and the child must still be ended in an orderly way.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

child.once('spawn', () => {
  process.stdout.write(`${JSON.stringify({ pid: child.pid })}\n`);
  child.stdout.pipe(process.stdout, { end: false });
  child.stderr.pipe(process.stderr, { end: false });
});
child.once('error', (error) => {
  process.stderr.write(`${executable} cannot be run: ${error.message}\n`);
  process.exitCode = 1;
});
child.once('close', (code, signal) => {
  if (signal !== null) process.stderr.write(`${executable} was ended by ${signal}\n`);
  process.exitCode = code ?? 1;
  process.stdin.destroy();
});

function end(): void {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), Number(graceMs)).unref();
}

whenParentGone(end);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
