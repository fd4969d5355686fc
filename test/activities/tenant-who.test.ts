/** Findings that no simulated tenant brings about: they need answers of Graph that it gives rarely. */
import assert from 'node:assert/strict';
import type { PersonLicenses } from '../../src/contracts/tenant.js';
import { createTenantWhoActivities } from '../../src/activities/tenant-who.js';
import type { GraphGateway, LicensePath, SubscribedSku, UserLicenses } from '../../src/graph/gateway.js';
import { GraphFailure } from '../../src/graph/gateway.js';

const [SKU, TEAMS, EXCHANGE, GROUP] = ['a1', 'b2', 'c3', 'd4'].map(
  (start) => `${start}000000-0000-4000-8000-000000000000`,
) as [string, string, string, string];

const USER: UserLicenses = {
  ...{ id: SKU, userPrincipalName: 'a@b.cd', displayName: 'Ada', mail: null, accountEnabled: true, userType: 'Member' },
  ...{ usageLocation: 'DE', department: null, jobTitle: null, companyName: null, officeLocation: null },
  ...{ isManagementRestricted: false, paths: [] },
};

const PRODUCT = {
  ...{ skuId: SKU, skuPartNumber: 'SPE_E3', appliesTo: 'User', capabilityStatus: 'Enabled', consumedUnits: 1 },
  prepaidUnits: { enabled: 5, warning: 0, suspended: 0, lockedOut: 0 },
  servicePlans: [
    { servicePlanId: TEAMS, servicePlanName: 'TEAMS1', appliesTo: 'User', provisioningStatus: 'Success' },
    { servicePlanId: EXCHANGE, servicePlanName: 'EXCHANGE', appliesTo: 'User', provisioningStatus: 'Success' },
  ],
} satisfies SubscribedSku;

const path = (changed: Partial<LicensePath> = {}): LicensePath => ({
  ...{ skuId: SKU, disabledPlans: [], assignedByGroup: null, state: 'Active', error: null },
  ...changed,
});

async function whoWith(
  paths: readonly LicensePath[],
  { status = 'Success', products = [PRODUCT] }: { status?: string; products?: readonly SubscribedSku[] } = {},
): Promise<PersonLicenses> {
  const graph: Partial<GraphGateway> = {
    userLicenses: () => Promise.resolve({ ...USER, paths }),
    subscribedSkus: () => Promise.resolve(products),
    provisioning: () => Promise.resolve([{ skuId: SKU, planId: TEAMS, planName: 'TEAMS1', status }]),
    group: () => Promise.reject(new GraphFailure({ code: 'FORBIDDEN', message: 'Insufficient privileges.' })),
  };
  const productNames = {
    nameOf: () => 'Microsoft 365 E3',
    planNameOf: (id: string) => (id === TEAMS ? 'Teams' : null),
  };
  const answer = await createTenantWhoActivities({ graph: graph as GraphGateway, productNames }).whoIs('a@b.cd');
  assert.equal(answer.outcome, 'found');
  return answer;
}

const told = ({ findings }: PersonLicenses) => findings.map(({ verdict, text }) => [verdict, text]);

describe('whoIs', () => {
  it('finds nothing wrong where nothing is', async () => {
    const { findings, products } = await whoWith([path()]);
    assert.deepEqual(findings, []);
    assert.deepEqual(
      products[0]?.services.map(({ title, name, provisioning }) => [title, name, provisioning]),
      [
        ['Teams', 'TEAMS1', 'Success'],
        ['EXCHANGE', 'EXCHANGE', null],
      ],
    );
  });

  it('tells what is licensed and not ready, or failed, but not what is off', async () => {
    for (const status of ['PendingInput', 'PendingActivation', 'PendingProvisioning', 'SomethingNew'])
      assert.deepEqual(told(await whoWith([path()], { status })), [
        ['warning', 'Microsoft 365 E3: licensed, and not ready yet: Teams.'],
      ]);
    assert.deepEqual(told(await whoWith([path()], { status: 'Error' })), [
      ['failed', 'Microsoft 365 E3: licensed, and could not be provisioned: Teams.'],
    ]);
    assert.deepEqual(told(await whoWith([path({ disabledPlans: [TEAMS] })], { status: 'PendingProvisioning' })), []);
  });

  it('names a group by its id where it cannot be read', async () => {
    const { products, findings } = await whoWith([
      path({ assignedByGroup: GROUP, state: 'Error', error: 'UniquenessViolation' }),
    ]);
    assert.deepEqual(products[0]?.paths[0]?.group, { id: GROUP, name: null, dynamic: false, synced: false });
    assert.match(findings[0]?.text ?? '', new RegExp(`group "${GROUP}": A proxy address`));
  });

  it('gives every error of a path its meaning and remedy, and words that are not known too', async () => {
    const words = [
      ...['CountViolation', 'MutuallyExclusiveViolation', 'DependencyViolation', 'UniquenessViolation'],
      ...['ProhibitedInUsageLocationViolation', 'Other', 'NewViolation', 'toString'],
    ];
    for (const error of words) {
      const [finding, ...more] = (await whoWith([path({ state: 'Error', error })])).findings;
      assert.deepEqual([finding?.verdict, more], ['failed', []], error);
      assert.match(finding?.text ?? '', /, assigned directly: [A-Z].+\.$/);
      assert.match(finding?.remedy ?? '', /^[A-Z].+\.$/);
    }
  });

  it('says that a path in error which still gives something does', async () => {
    const { findings, products } = await whoWith([path({ state: 'ActiveWithError', error: 'CountViolation' })]);
    assert.match(findings[0]?.text ?? '', /goes on working/);
    assert.ok(products[0]?.services.every(({ effective }) => effective));
  });

  it('tells a path that is disabled, and a product that the tenant does not list any more', async () => {
    assert.match(
      (await whoWith([path({ state: 'Disabled' })])).findings[0]?.text ?? '',
      /"Disabled", and it gives nothing/,
    );
    const { products } = await whoWith([path()], { products: [] });
    assert.deepEqual([products[0]?.skuPartNumber, products[0]?.services], [SKU, []]);
  });
});
