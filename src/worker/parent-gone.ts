/**
 * Calls `end` once the process that started us has ended, or asks us to end: both close the pipe that is our stdin. A
 * parent that is killed cannot tell its children anything, but the operating system closes its pipes.
 */
export function whenParentGone(end: () => void): void {
  for (const output of [process.stdout, process.stderr]) output.on('error', unlessUnheard);
  process.stdin.once('close', end);
  // A broken pipe is a closed one; "close" follows.
  process.stdin.on('error', () => {});
  process.stdin.resume();
}

/** Nobody reads any more what we say, which is no reason to end before `end` is through. */
function unlessUnheard(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
