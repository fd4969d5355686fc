/**
 * Last resort for machines that have a Go toolchain and a module proxy: the CLI is compiled, which takes a minute or two.
 */
import { join } from 'node:path';
import type { FetchRoute } from './fetch-route.js';
import { CommandFailure, runCommand } from './run-command.js';

/** The newest version that `go install` accepts: from 1.6.0 on, the CLI's go.mod has `replace` lines, which it refuses. */
const VERSION = 'v1.5.1';
const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';

export function goInstall({ timeoutMs = 900_000 }: { readonly timeoutMs?: number } = {}): FetchRoute {
  return {
    id: `go-${VERSION}`,
    origin: `go install ${PACKAGE}@${VERSION}`,
    async fetch(into, { env, signal }) {
      const limits = { env: buildEnvironment(env, into), cwd: into, timeoutMs, signal };
      await runCommand('go', ['install', `${PACKAGE}@${VERSION}`], limits).catch((error: unknown) => {
        if (error instanceof CommandFailure && error.missing) throw new Error('no Go toolchain is on the PATH');
        throw error;
      });
      return join(into, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
    },
  };
}

/** The user's Go, with its proxies and caches, but for this machine and without the settings of a project around us. */
function buildEnvironment(env: NodeJS.ProcessEnv, binaries: string): NodeJS.ProcessEnv {
  const { GOOS: _os, GOARCH: _arch, ...rest } = env;
  return { ...rest, GOBIN: binaries, GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' };
}
