/** Instants as text. Inside a workflow `Date.now()` is the time of the current workflow task, the same in every replay. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function now(): string {
  return iso(Date.now());
}

export function later(ms: number): string {
  return iso(Date.now() + ms);
}
