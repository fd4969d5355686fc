import { DEFAULT_OPTIONS, withOptions, type OptionsPatch } from '../tenant-options.js';
import type { Application } from '../application.js';
import type { GroupRecord } from '../group-record.js';
import type { PrepaidUnits, SkuRecord } from '../sku-record.js';
import type { TenantSeed } from '../tenant-seed.js';
import { heldSkuIds, type UserRecord } from '../user-record.js';
import { crowd } from './crowd.js';
import { DOMAIN, GROUPS, PEOPLE, type Person, type SeedGroup } from './people.js';
import { PLAN_RULES } from './plan-rules.js';
import { productPlans } from './product-table.js';
import { SKU, type SkuPartNumber } from './sku-ids.js';
import { buildUser, seededPath } from './user-builder.js';

/** Id of the tenant that a simulator starts with. */
export const CONTOSO_TENANT_ID = '578c0515-ca75-444a-ad7f-c2b29a8675cd';

/** The application that is registered in every seeded tenant. Its secret opens nothing but a simulator. */
export const SEED_APPLICATION = {
  appId: '011a25b0-7ab4-43f0-abae-7507b2fe23ab',
  displayName: 'licenseflow',
  secrets: ['simulator-secret'],
  assertions: 'any',
  roles: [
    'LicenseAssignment.ReadWrite.All',
    'User.ReadWrite.All',
    'GroupMember.Read.All',
    'Organization.Read.All',
    'Mail.Send',
  ],
} as const satisfies Application;

/** The application that people sign in to, and that is the API. Its secret opens nothing but a simulator. */
export const WEB_APPLICATION = {
  appId: '6f2d1c9a-84e7-4b55-9a0e-3c1f7d2b8e64',
  displayName: 'licenseflow',
  secrets: ['simulator-web-secret'],
  assertions: [],
  roles: [],
  signIn: {
    redirectUris: ['http://localhost/sign-in/callback', 'https://localhost/sign-in/callback'],
    everyone: ['requester'],
    assignments: {
      [PEOPLE.freya.id]: ['approver', 'operator'],
      [PEOPLE.johanna.id]: ['approver', 'operator'],
      [PEOPLE.joni.id]: ['auditor'],
      [PEOPLE.megan.id]: ['approver'],
      [PEOPLE.miriam.id]: ['approver'],
      [PEOPLE.patti.id]: ['approver'],
      [PEOPLE.lee.id]: ['approver'],
      [PEOPLE.lidia.id]: ['approver'],
      [PEOPLE.irvin.id]: ['approver'],
      // A program that reads: with its secret it gets a token for the API, and no person.
      [SEED_APPLICATION.appId]: ['auditor'],
    },
  },
} as const satisfies Application;

/** In every seeded tenant. */
export const SEED_APPLICATIONS: readonly Application[] = [SEED_APPLICATION, WEB_APPLICATION];

/** How to make a tenant. The same recipe gives the same tenant, dates and an id that is left out excepted. */
export interface TenantRecipe {
  /** `contoso`: products, people and groups. `empty`: products only. */
  readonly seed: 'contoso' | 'empty';
  readonly id: string;
  readonly displayName: string;
  /** Further users beside the named ones. */
  readonly users: number;
  readonly options: OptionsPatch;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Everything in a seed has stood for so long, and each subscription renews so long after its start. */
const STANDING_DAYS = 200;
const TERM_DAYS = 365;
/** The subscription that ends soon. */
const ENDING_SOON = { partNumber: 'STANDARDPACK', inDays: 21 } as const;

/** Units of each product, before those for a crowd. */
const UNITS: Readonly<Record<SkuPartNumber, Partial<PrepaidUnits>>> = {
  STANDARDPACK: { enabled: 20 },
  ENTERPRISEPACK: { enabled: 60 },
  ENTERPRISEPREMIUM: { enabled: 5, warning: 2 },
  SPE_E3: { enabled: 25 },
  SPE_E5: { enabled: 25 },
  SPE_F1: { enabled: 20 },
  SPB: { enabled: 10 },
  EMS: { enabled: 30 },
  AAD_PREMIUM_P2: { enabled: 10 },
  FLOW_FREE: { enabled: 10_000 },
  POWER_BI_PRO: { enabled: 5, suspended: 2 },
  PROJECTPROFESSIONAL: { enabled: 5 },
  VISIOCLIENT: { enabled: 3 },
  MCOEV: { enabled: 5 },
  SHAREPOINTSTORAGE: { enabled: 1 },
};

/** Products that a whole crowd may be moved to. */
const TARGETS: ReadonlySet<SkuPartNumber> = new Set(['ENTERPRISEPREMIUM', 'SPE_E3', 'SPE_E5', 'EMS']);

/** Carries a recipe out, `nowMs` being the day on which the tenant is looked at. */
export async function seedTenant(recipe: TenantRecipe, nowMs: number): Promise<TenantSeed> {
  const since = new Date(nowMs - STANDING_DAYS * DAY_MS).toISOString();
  const many = crowd(recipe.users, `crowd ${recipe.id}`, since);
  return {
    id: recipe.id,
    displayName: recipe.displayName,
    domains: [DOMAIN, 'contoso.onmicrosoft.com'],
    options: withOptions(DEFAULT_OPTIONS, recipe.options),
    applications: [...SEED_APPLICATIONS],
    planRules: PLAN_RULES,
    skus: await seedSkus(many, nowMs),
    groups: recipe.seed === 'contoso' ? Object.values(GROUPS).map((group) => seedGroup(group, since)) : [],
    users: [
      ...(recipe.seed === 'contoso' ? Object.values(PEOPLE).map((person) => seedPerson(person, since)) : []),
      ...many,
    ],
  };
}

function seedPerson(person: Person, since: string): UserRecord {
  const inherited = Object.values(GROUPS as Record<string, SeedGroup>)
    .filter(({ members }) => members.some((key) => PEOPLE[key].id === person.id))
    .flatMap(({ id, licenses }) => licenses.map((license) => seededPath(license, id, since)));
  const manager = Object.entries(PEOPLE).find(([key]) => key === person.manager)?.[1];
  return buildUser(
    {
      id: person.id,
      displayName: person.displayName,
      userPrincipalName: person.userPrincipalName,
      mail: person.mail ?? person.userPrincipalName,
      jobTitle: person.job,
      department: person.department,
      city: person.city,
      country: person.country,
      usageLocation: person.usageLocation === null ? null : person.country,
      accountEnabled: person.disabled !== true,
      userType: person.guest === true ? 'Guest' : 'Member',
      managerId: manager?.id ?? null,
      licensePaths: [...(person.licenses ?? []).map((license) => seededPath(license, null, since)), ...inherited],
      createdDateTime: since,
    },
    {
      proxyAddresses: person.proxyAddresses ?? [],
      directoryRoles: person.roles ?? [],
      restrictedManagement: person.restrictedManagement === true,
      onPremisesSyncEnabled: person.synced === true ? true : null,
    },
  );
}

function seedGroup(group: SeedGroup, since: string): GroupRecord {
  return {
    id: group.id,
    displayName: group.displayName,
    description: null,
    mail: null,
    mailNickname: group.displayName.toLowerCase().replaceAll(' ', '-'),
    mailEnabled: false,
    securityEnabled: true,
    membershipRule: group.membershipRule ?? null,
    onPremisesSyncEnabled: group.synced === true ? true : null,
    createdDateTime: since,
    memberIds: group.members.map((key) => PEOPLE[key].id),
    assignedLicenses: group.licenses.map(([partNumber, disabledPlans = []]) => ({
      skuId: SKU[partNumber],
      disabledPlans,
    })),
    licenseProcessing: 'ProcessingComplete',
  };
}

async function seedSkus(many: readonly UserRecord[], nowMs: number): Promise<SkuRecord[]> {
  const plans = await productPlans();
  const held = heldUnits(many);
  return (Object.keys(SKU) as SkuPartNumber[]).map((skuPartNumber) => {
    const skuId = SKU[skuPartNumber];
    const forCrowd = Math.max(held.get(skuId) ?? 0, TARGETS.has(skuPartNumber) ? many.length : 0);
    const base = { enabled: 0, warning: 0, suspended: 0, lockedOut: 0, ...UNITS[skuPartNumber] };
    const prepaidUnits = { ...base, enabled: base.enabled + forCrowd };
    return {
      skuId,
      skuPartNumber,
      appliesTo: skuPartNumber === 'SHAREPOINTSTORAGE' ? 'Company' : 'User',
      prepaidUnits,
      servicePlans: plans[skuPartNumber],
      subscriptions: [
        {
          // The ids only have to be unique and stable, so they are made from the product's own.
          id: `${skuId.slice(0, -4)}a001`,
          commerceSubscriptionId: `${skuId.slice(0, -4)}c001`,
          createdDateTime: new Date(nowMs - STANDING_DAYS * DAY_MS).toISOString(),
          nextLifecycleDateTime: lifecycleDate(skuPartNumber, nowMs),
          isTrial: false,
          status: 'Enabled',
          totalLicenses: prepaidUnits.enabled + prepaidUnits.warning,
        },
      ],
    };
  });
}

function heldUnits(users: readonly UserRecord[]): ReadonlyMap<string, number> {
  const units = new Map<string, number>();
  for (const skuId of users.flatMap(heldSkuIds)) units.set(skuId, (units.get(skuId) ?? 0) + 1);
  return units;
}

function lifecycleDate(partNumber: SkuPartNumber, nowMs: number): string | null {
  if (partNumber === 'FLOW_FREE') return null;
  const days = partNumber === ENDING_SOON.partNumber ? ENDING_SOON.inDays : TERM_DAYS - STANDING_DAYS;
  return new Date(nowMs + days * DAY_MS).toISOString();
}
