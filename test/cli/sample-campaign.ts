import type { CampaignUser, CountedSignature } from '../../src/client/index.js';
import type { CampaignPlan, CampaignView, CommandView } from '../../src/contracts/campaign.js';
import { DEFAULT_CAMPAIGN_OPTIONS } from '../../src/contracts/campaign.js';
import type { SkuFacts } from '../../src/domain/plan.js';
import { MEGAN } from './sample-request.js';

export const [TEAMS, EXCHANGE_1, EXCHANGE_2, SWAY, PHONE] = [
  '57ff2da0-773e-42df-b2af-ffb7a2317929',
  '9aaf7827-d63c-4b61-89c3-182f06f82e5c',
  'efb87545-963c-4e0d-99df-69c6916d9eb0',
  'a23b959c-7ce8-4e57-9140-b90eb88a9e97',
  '4828c8ec-dc2e-4779-b502-87ac9ce28ab7',
] as const;

export const E3_FACTS: SkuFacts = {
  ...{ skuId: '05e9a617-0261-4cee-bb44-138d3ef5d965', skuPartNumber: 'SPE_E3', name: 'Microsoft 365 E3' },
  servicePlans: [
    { id: TEAMS, name: 'TEAMS1' },
    { id: EXCHANGE_1, name: 'EXCHANGE_S_STANDARD' },
    { id: SWAY, name: 'SWAY' },
  ],
};

export const E5_FACTS: SkuFacts = {
  ...{ skuId: '06ebc4ee-1bb5-47dd-8120-11324bc54e06', skuPartNumber: 'SPE_E5', name: 'Microsoft 365 E5' },
  servicePlans: [
    { id: TEAMS, name: 'TEAMS1' },
    { id: EXCHANGE_2, name: 'EXCHANGE_S_ENTERPRISE' },
    { id: PHONE, name: 'MCOEV' },
    { id: SWAY, name: 'SWAY' },
  ],
};

export const PLAN_DIGEST = '5f1c09ab44d2'.padEnd(64, '0');
export const GROUP = 'c5d9f0ac-3a5f-4f6b-8a51-0f6a3f3f8f10';

const NO_SERVICES = {
  ...{ gained: [], lost: [], tiersGained: [], tiersLost: [] },
  ...{ offById: [], offByFamily: [], offWithAnother: [], unmapped: [] },
};
const READY: Omit<CountedSignature, 'key' | 'users' | 'before' | 'services'> = {
  ...{ outcome: 'ready', wish: 0, page: 1, blocks: [], warnings: [] },
  target: { [E3_FACTS.skuId]: null },
  paths: [{ skuId: E3_FACTS.skuId, disabledPlans: [], group: null }],
  ...{ seatsNeeded: [E5_FACTS.skuId], seatsToRestore: [E3_FACTS.skuId] },
};

/** Most people; people without Sway, who also lose a mailbox warning; and people whose licence comes from a group. */
export const SIGNATURES: readonly CountedSignature[] = [
  {
    ...READY,
    ...{ key: 'aaaaaaaaaaaaaaaa', users: 4_000 },
    before: { [E3_FACTS.skuId]: [], [E5_FACTS.skuId]: null },
    target: { [E3_FACTS.skuId]: null, [E5_FACTS.skuId]: [] },
    services: {
      ...NO_SERVICES,
      gained: [{ service: 'teams-phone', plans: [PHONE] }],
      tiersGained: [{ service: 'exchange-online', from: EXCHANGE_1, to: EXCHANGE_2 }],
    },
  },
  {
    ...READY,
    ...{ key: 'bbbbbbbbbbbbbbbb', users: 800, warnings: ['GUEST'] },
    paths: [{ skuId: E3_FACTS.skuId, disabledPlans: [SWAY], group: null }],
    before: { [E3_FACTS.skuId]: [SWAY], [E5_FACTS.skuId]: null },
    target: { [E3_FACTS.skuId]: null, [E5_FACTS.skuId]: [SWAY] },
    services: {
      ...NO_SERVICES,
      gained: [{ service: 'teams-phone', plans: [PHONE] }],
      offById: [{ skuId: E5_FACTS.skuId, planId: SWAY }],
    },
  },
  {
    ...{ key: 'cccccccccccccccc', users: 200, outcome: 'blocked', wish: 0, page: 2, warnings: [] },
    before: { [E3_FACTS.skuId]: null, [E5_FACTS.skuId]: null },
    target: { [E3_FACTS.skuId]: null, [E5_FACTS.skuId]: null },
    paths: [{ skuId: E3_FACTS.skuId, disabledPlans: [], group: GROUP }],
    ...{ services: null, seatsNeeded: [], seatsToRestore: [] },
    blocks: [
      {
        code: 'GROUP_ONLY',
        meaning: 'The product to be removed comes from a group only.',
        remedy: 'Move the people from one group to another: licenseflow campaign groups',
      },
    ],
  },
];

const PLAN: CampaignPlan = {
  ...{ digest: PLAN_DIGEST, at: '2026-03-01T14:30:00.000Z' },
  ...{ users: 5_012, ready: 4_800, already: 12 },
  blocked: { GROUP_ONLY: 200 },
  warnings: { GUEST: 800 },
  signatures: SIGNATURES.map(({ key, outcome, users, page }) => ({ key, outcome, users, page })),
  furtherSignatures: { signatures: 0, users: 0 },
  waves: [2, 100, 480, 4_218],
  skus: [E3_FACTS, E5_FACTS],
  seats: [
    {
      ...{ sku: E5_FACTS, free: 4_500, needed: 4_800, neededToRestore: 0 },
      neededByWave: [2, 100, 480, 4_218],
    },
    { sku: E3_FACTS, free: 10, needed: 0, neededToRestore: 4_800, neededByWave: [0, 0, 0, 0] },
  ],
  subscriptions: [
    {
      ...{ skuId: E3_FACTS.skuId, status: 'Enabled', isTrial: false, totalLicenses: 5_000 },
      nextLifecycleAt: '2026-03-10T00:00:00.000Z',
    },
  ],
  groups: [{ groupId: GROUP, name: 'All Sales', dynamic: true, synced: false, skuId: E3_FACTS.skuId, users: 200 }],
  cautions: ['300 seats of Microsoft 365 E5 are missing.'],
};

/** A campaign of 5,012 people from E3 to E5 that was planned. */
export function plannedCampaign(changed: Partial<CampaignView> = {}): CampaignView {
  return {
    ...{ campaignId: 'e3-to-e5', title: 'E3 to E5, second quarter', state: 'planned' },
    since: '2026-03-01T14:30:00.000Z',
    source: { kind: 'file', name: 'users.csv', rows: 5_012, merged: 3 },
    wishes: [{ add: [{ sku: 'SPE_E5', disabledPlans: [], keepPlans: true }], remove: ['SPE_E3'] }],
    options: { ...DEFAULT_CAMPAIGN_OPTIONS, waves: { canary: true, sizes: [{ count: 100 }, { percent: 10 }, 'rest'] } },
    plannedBy: { ref: MEGAN.userPrincipalName, assurance: 'asserted' },
    ...{ startedBy: null, confirmedBy: null, needsSecond: false },
    plan: PLAN,
    pages: { sealed: 21, planned: 21, active: 0, settled: 21 },
    wave: null,
    waves: [],
    users: { ready: 4_800, already: 12, blocked: 200 },
    ...{ failures: {}, seatsMissing: 0, usersPerSecond: null, eta: null, pause: null },
    waitsFor: { what: 'The start.', who: [], nextAt: '2026-03-15T14:30:00.000Z', then: 'the plan is given up.' },
    ...{ commands: [], lastFailure: null, rollbackUntil: null, needsAttention: [] },
    timeline: [{ at: '2026-03-01T14:30:00.000Z', text: 'Planned.' }],
    ...changed,
  };
}

export function command(changed: Partial<CommandView> = {}): CommandView {
  return {
    ...{ commandId: 'c-1', kind: 'pause', by: MEGAN.userPrincipalName, reason: 'Calls at the desk', state: 'draining' },
    ...{ at: '2026-03-02T09:00:00.000Z', doneAt: null, about: null },
    ...changed,
  };
}

/** The same campaign in its third wave, stopped by its failure budget. */
export function pausedCampaign(changed: Partial<CampaignView> = {}): CampaignView {
  return plannedCampaign({
    ...{ state: 'paused', since: '2026-03-02T09:12:00.000Z', wave: 2 },
    startedBy: { ref: MEGAN.userPrincipalName, assurance: 'asserted' },
    waves: [
      {
        ...{ wave: 0, users: { done: 2 }, failures: {}, state: 'over' },
        ...{ startedAt: '2026-03-02T08:00:00.000Z', endedAt: '2026-03-02T08:01:00.000Z' },
      },
      {
        ...{ wave: 1, users: { done: 98, 'waiting-for-seat': 2 }, failures: {}, state: 'over' },
        ...{ startedAt: '2026-03-02T09:01:00.000Z', endedAt: '2026-03-02T09:04:00.000Z' },
      },
      {
        ...{ wave: 2, users: { done: 200, failed: 10, drifted: 1, waiting: 269 }, state: 'running' },
        failures: { PLAN_DEPENDENCY: 9, PROXY_ADDRESS_CONFLICT: 1, DRIFT: 1 },
        ...{ startedAt: '2026-03-02T09:05:00.000Z', endedAt: null },
      },
      { wave: 3, users: { ready: 4_218 }, failures: {}, state: 'open', startedAt: null, endedAt: null },
    ],
    users: {
      ...{ ready: 4_218, waiting: 269, done: 300, failed: 10, drifted: 1, 'waiting-for-seat': 2 },
      ...{ already: 12, blocked: 200 },
    },
    failures: { PLAN_DEPENDENCY: 9, PROXY_ADDRESS_CONFLICT: 1, DRIFT: 1 },
    seatsMissing: 2,
    usersPerSecond: 9.6,
    eta: '2026-03-02T17:00:00.000Z',
    pause: {
      kind: 'budget',
      spent: { scope: 'wave', wave: 2, by: 'percent', failed: 11, users: 480, limit: 2 },
    },
    waitsFor: { what: 'A person.', who: [], nextAt: null, then: '' },
    lastFailure: {
      ...{ code: 'PLAN_DEPENDENCY', message: 'License assignment failed because of a dependency.', requestId: 'r-1' },
      at: '2026-03-02T09:11:58.000Z',
    },
    ...changed,
  });
}

export function sampleUser(changed: Partial<CampaignUser> = {}): CampaignUser {
  return {
    ...{ user: 'AdeleV@contoso.com', id: '709ea8e3-24e3-4c5a-a9f6-56f4f1085557', name: 'Adele Vance' },
    ...{ state: 'done', wave: 1, wish: 0, code: null, message: null, remedy: null },
    before: { [E3_FACTS.skuId]: [SWAY], [E5_FACTS.skuId]: null },
    target: { [E3_FACTS.skuId]: null, [E5_FACTS.skuId]: [SWAY] },
    after: { [E3_FACTS.skuId]: null, [E5_FACTS.skuId]: [SWAY] },
    ...{ requestId: 'r-1', restoreRequestId: null, endedAt: '2026-03-02T09:02:00.000Z' },
    ...{ throughGroups: [], note: null, line: 2, page: 1 },
    ...changed,
  };
}

export async function* each<T>(items: readonly T[]): AsyncGenerator<T, void> {
  for (const item of items) yield Promise.resolve(item) as T;
}
