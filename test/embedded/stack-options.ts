import { fileURLToPath } from 'node:url';
import { defineSearchAttributeKey } from '@temporalio/common';
import { z } from 'zod';
import type { ChildProcesses } from '../../src/embedded/child-processes.js';
import type { StackOptions } from '../../src/embedded/stack.js';
import type { StackState } from '../../src/embedded/state-folder.js';

/** A small stack with `programs/stack-worker.ts` as its worker. */
export function stackOptions(
  children: ChildProcesses,
  state: StackState,
  workerArgs: readonly string[] = [],
): StackOptions {
  return {
    children,
    state,
    users: 3,
    ports: { ui: null },
    searchAttributes: [defineSearchAttributeKey('State', 'KEYWORD')],
    worker: {
      module: fileURLToPath(new URL('./programs/stack-worker.ts', import.meta.url)),
      args: workerArgs,
      ready: z.object({ ready: z.literal(true) }),
      env: ({ graphUrl }) => ({ GRAPH_URL: graphUrl }),
      stopWithinMs: 30_000,
    },
  };
}
