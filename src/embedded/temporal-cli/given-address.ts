/** A Temporal server that someone else runs, as `TEMPORAL_ADDRESS` names it; `null` when it names none. */
export function givenAddress(env: NodeJS.ProcessEnv): string | null {
  return env['TEMPORAL_ADDRESS']?.trim() || null;
}
