import { resolveTemporal } from '../../src/embedded/temporal-cli/resolve.js';

/** The Temporal CLI that tests run, found or fetched like any other, except that a running server is of no use to them. */
export async function realCli(): Promise<string> {
  const { TEMPORAL_ADDRESS: _, ...env } = process.env;
  const source = await resolveTemporal({ env, log: console.error });
  if (source.kind !== 'cli')
    throw new Error('These tests start servers of their own, and need a Temporal CLI for that.');
  return source.cli.path;
}
