import type { WholeTrail } from '../../src/client/audit.js';
import type { AuditEntry, AuditEvent } from '../../src/domain/audit.js';
import { emptyHead, entryAfter, headAt } from '../../src/domain/audit.js';
import { WHEN } from './sample-events.js';

/** The events as one chain. */
export function chained(events: readonly AuditEvent[], tenant = 'contoso'): readonly AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (const event of events) {
    const last = entries.at(-1);
    entries.push(entryAfter(last === undefined ? emptyHead(tenant) : headAt(last), event, WHEN));
  }
  return entries;
}

export function trailOf(entries: readonly AuditEntry[]): WholeTrail {
  const last = entries.at(-1);
  return {
    head: last === undefined ? emptyHead('contoso') : headAt(last),
    entries: (async function* () {
      yield* entries;
    })(),
  };
}
