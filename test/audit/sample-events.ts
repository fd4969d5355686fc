/** Events of an audit trail, for tests of the chain and of the store. */
import type { AuditEvent } from '../../src/domain/audit.js';

export const WHEN = '2026-03-01T09:00:00.000Z';

export const ADELE = {
  ...{ id: '709ea8e3-24e3-4c5a-a9f6-56f4f1085557', upn: 'AdeleV@contoso.com', name: 'Adele Vance' },
};
export const MEGAN = {
  ...{ id: '0e9c89c3-6481-4ad4-aa96-600d6d395947', upn: 'MeganB@contoso.com', name: 'Megan Bowen' },
};
export const E3 = '05e9a617-0261-4cee-bb44-138d3ef5d965';

/** Something that happened to a request of Adele's. */
export function eventWith(changed: Partial<AuditEvent> & { readonly seq: number }): AuditEvent {
  const source = changed.source ?? 'license-request/lr-1';
  return {
    id: `${source}/run-1/${changed.seq}`,
    source,
    kind: 'request.assigned',
    at: WHEN,
    subject: ADELE,
    actor: { ...ADELE, assurance: 'asserted' },
    reason: 'New laptop',
    digest: 'd'.repeat(64),
    before: { [E3]: null },
    after: { [E3]: [] },
    outcome: 'done',
    graphRequestIds: ['0f8fad5b-d9cb-469f-a165-70867728950e'],
    details: {},
    ...changed,
  };
}
