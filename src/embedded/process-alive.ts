import { readFileSync } from 'node:fs';

/**
 * Whether a process of that id runs. On Linux a zombie does not count: it has ended, and its id only waits for a parent to
 * ask, which in a container may never happen.
 */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return process.platform !== 'linux' || !isZombie(pid);
}

/** The state follows the command, which stands in parentheses and may hold some itself. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
