import type { RequestView } from '../../src/contracts/license-request.js';
import type { RollbackView } from '../../src/contracts/license-rollback.js';
import { stageOf } from '../support/policy.js';
import { E3 } from './fake-session.js';

export const ADELE = {
  id: '709ea8e3-24e3-4c5a-a9f6-56f4f1085557',
  userPrincipalName: 'AdeleV@contoso.com',
  displayName: 'Adele Vance',
};
export const MEGAN = {
  id: '0e9c89c3-6481-4ad4-aa96-600d6d395947',
  userPrincipalName: 'MeganB@contoso.com',
  displayName: 'Megan Bowen',
};
export const DIGEST = '7e06fb5d3ca6'.padEnd(64, '0');
const TEAMS = '57ff2da0-773e-42df-b2af-ffb7a2317929';

/** A request of Adele's for Microsoft 365 E3 without Teams that waits for Megan. */
export function sampleView(changed: Partial<RequestView> = {}): RequestView {
  return {
    requestId: 'lr-1',
    state: 'waiting-for-approval',
    since: '2026-03-01T14:30:00.000Z',
    request: {
      requestId: 'lr-1',
      requester: ADELE.userPrincipalName,
      subject: ADELE.userPrincipalName,
      add: [{ sku: 'SPE_E3', disabledPlans: ['TEAMS1'] }],
      remove: [],
      justification: 'New laptop',
    },
    submittedBy: { ref: ADELE.userPrincipalName, assurance: 'asserted' },
    requester: ADELE,
    subject: ADELE,
    problems: [],
    plan: {
      userId: ADELE.id,
      before: { [E3.skuId]: null },
      target: { [E3.skuId]: [TEAMS] },
      skus: [
        {
          skuId: E3.skuId,
          ...{ skuPartNumber: 'SPE_E3', name: 'Microsoft 365 E3', servicePlans: [{ id: TEAMS, name: 'TEAMS1' }] },
        },
      ],
      effects: { gained: [], lost: [], switchedOn: [] },
      services: {
        ...{ gained: [], lost: [], tiersGained: [], tiersLost: [] },
        ...{ offById: [], offByFamily: [], offWithAnother: [], unmapped: [] },
      },
      usageLocation: null,
      warnings: [],
      seatsNeeded: [E3.skuId],
      digest: DIGEST,
    },
    revision: 1,
    stages: [
      {
        rule: stageOf('manager', [{ manager: { level: 1, upTo: 1, fallback: [] } }]),
        ...{ asked: [[MEGAN]], decisions: [], delegations: [], escalation: null, times: null },
      },
    ],
    stage: 0,
    autoApproved: [],
    seats: [],
    readiness: null,
    term: null,
    extensionQuestion: null,
    waitsFor: {
      what: '1 approval in stage "manager".',
      who: [MEGAN],
      nextAt: '2026-03-04T14:30:00.000Z',
      then: 'the request expires.',
    },
    lastFailure: null,
    withdrawal: null,
    assertedDecisions: 'allow',
    after: null,
    wrote: false,
    graphRequestIds: [],
    undone: [],
    needsAttention: [],
    notices: { sent: 0, waiting: [], givenUp: [] },
    timeline: [{ at: '2026-03-01T14:30:00.000Z', text: 'Submitted.' }],
    ...changed,
  };
}

/** The same request after it was carried out. */
export function doneView(changed: Partial<RequestView> = {}): RequestView {
  return sampleView({ state: 'done', stage: null, waitsFor: null, wrote: true, ...changed });
}

export function sampleRollback(changed: Partial<RollbackView> = {}): RollbackView {
  return {
    requestId: 'lr-1',
    state: 'restored',
    since: '2026-03-02T08:00:00.000Z',
    subject: ADELE,
    actor: { ref: MEGAN.userPrincipalName, assurance: 'asserted' },
    reason: 'Wrong person',
    before: {},
    after: null,
    vanishedPlans: [],
    drifted: [],
    wrote: true,
    usageLocation: null,
    graphRequestIds: [],
    waitsFor: null,
    lastFailure: null,
    needsAttention: [],
    timeline: [],
    ...changed,
  };
}
