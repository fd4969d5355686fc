/** The program itself: runs the words of this process's command line. */
import { runCli } from './program.js';

// `licenseflow request list | head` closes the pipe early, and that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  cwd: process.cwd(),
  signals: process,
  openSession: async (options, deps) => (await import('./session.js')).openSession(options, deps),
  exit: (code) => process.exit(code),
});
