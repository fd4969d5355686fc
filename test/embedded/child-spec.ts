import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { NodeChildSpec } from '../../src/embedded/node-child.js';

const READY = z.object({ ready: z.string(), family: z.array(z.number()) });

export type ChildReady = z.infer<typeof READY>;

/** How to start `programs/child.ts` under `name`, with the habits that it has. */
export function childSpec(
  name: string,
  journal: string,
  habits: readonly string[] = [],
  limits: Partial<Pick<NodeChildSpec<ChildReady>, 'readyWithinMs' | 'stopWithinMs'>> = {},
): NodeChildSpec<ChildReady> {
  return {
    name,
    module: fileURLToPath(new URL('./programs/child.ts', import.meta.url)),
    args: [name, journal, ...habits],
    env: process.env,
    ready: READY,
    readyWithinMs: 60_000,
    stopWithinMs: 60_000,
    ...limits,
  };
}
