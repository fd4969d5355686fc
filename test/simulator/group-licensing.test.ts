import assert from 'node:assert/strict';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import { withSimulator, type GraphSession } from './graph-session.js';

const all = (skuId: string) => ({ skuId, disabledPlans: [] });
const SALES = `/groups/${GROUPS.sales.id}`;

describe('Licences through groups', () => {
  const open = withSimulator();
  const paths = (session: GraphSession, user: string) =>
    session.tenant.user(user).licensePaths.filter((path) => path.assignedByGroup === GROUPS.sales.id);
  const assignToSales = (session: GraphSession, add: unknown[], remove: string[] = []) =>
    session.post(`${SALES}/assignLicense`, { addLicenses: add, removeLicenses: remove });

  it('reach the members in the background, from queued to complete', async () => {
    const session = await open({ options: { groupProcessingMs: 60_000 } });
    const answer = await assignToSales(session, [all(SKU.FLOW_FREE)]);
    assert.equal(answer.status, 202);
    assert.equal(answer.body.id, GROUPS.sales.id);
    assert.ok(String(answer.headers['location']).endsWith(SALES));
    const state = async () =>
      (await session.get(`${SALES}?$select=licenseProcessingState`)).body.licenseProcessingState.state;
    assert.equal(await state(), 'QueuedForProcessing');
    assert.equal(paths(session, PEOPLE.isaiah.id).length, 1, 'not there yet');
    // The next change starts the fan-out anew, this time without the wait.
    session.tenant.setOptions({ groupProcessingMs: 0 });
    session.tenant.addMember(GROUPS.sales.id, PEOPLE.amani.id);
    await session.tenant.settled();
    assert.equal(await state(), 'ProcessingComplete');
    assert.deepEqual(
      paths(session, PEOPLE.diego.id).map(({ skuId }) => skuId),
      [SKU.ENTERPRISEPACK, SKU.FLOW_FREE],
    );
    assert.deepEqual(session.tenant.userTimeline(PEOPLE.isaiah.id).at(-1)?.cause, {
      by: 'group',
      groupId: GROUPS.sales.id,
    });
  });

  it('are accepted with an empty body where the tenant is told so', async () => {
    const session = await open({ options: { groupAssignReturns: 'empty' } });
    const answer = await assignToSales(session, [all(SKU.FLOW_FREE)]);
    assert.deepEqual([answer.status, answer.text], [202, '']);
  });

  it('leave the members whose licences are refused with the reason, and can be tried again', async () => {
    const session = await open({ options: { groupProcessingMs: 0 } });
    session.tenant.setFreeSeats(SKU.SPE_E5, 0);
    await assignToSales(session, [all(SKU.SPE_E5)], [SKU.ENTERPRISEPACK]);
    await session.tenant.settled();
    assert.deepEqual(
      paths(session, PEOPLE.isaiah.id).map(({ state, error }) => [state, error]),
      [['Error', 'CountViolation']],
    );
    const failed = (await session.get(`${SALES}/membersWithLicenseErrors`)).body.value;
    assert.equal(failed.length, GROUPS.sales.members.length);
    assert.equal(
      (await session.get(`${SALES}?$select=hasMembersWithLicenseErrors`)).body.hasMembersWithLicenseErrors,
      true,
    );
    const held = (await session.get(`/users/${PEOPLE.isaiah.id}?$select=assignedLicenses`)).body.assignedLicenses;
    assert.deepEqual(held, [], 'a path in error gives nothing');

    const again = `/users/${PEOPLE.isaiah.id}/reprocessLicenseAssignment`;
    const refused = await session.post(again, {});
    assert.equal(refused.status, 400);
    assert.match(refused.body.error.message, /does not have any available licenses/);
    session.tenant.setFreeSeats(SKU.SPE_E5, 1);
    assert.equal((await session.post(again, {})).status, 200);
    assert.deepEqual(
      paths(session, PEOPLE.isaiah.id).map(({ state, error }) => [state, error]),
      [['Active', 'None']],
    );
  });

  it('are all given to a member or none of them', async () => {
    const session = await open({ options: { groupProcessingMs: 0 } });
    session.tenant.setFreeSeats(SKU.VISIOCLIENT, 0);
    await assignToSales(session, [all(SKU.FLOW_FREE), all(SKU.VISIOCLIENT)]);
    await session.tenant.settled();
    assert.deepEqual(
      paths(session, PEOPLE.isaiah.id).map(({ skuId, state }) => [skuId, state]),
      [
        // What was in force stays, with the error; what is new does not come.
        [SKU.ENTERPRISEPACK, 'ActiveWithError'],
        [SKU.FLOW_FREE, 'Error'],
        [SKU.VISIOCLIENT, 'Error'],
      ],
    );
  });

  it('conflict with direct licences, and need their prerequisites in the same group', async () => {
    const session = await open({ options: { groupProcessingMs: 0 } });
    const { id } = GROUPS.approvers;
    const assign = (skuId: string, remove: string[] = []) =>
      session.post(`/groups/${id}/assignLicense`, { addLicenses: [all(skuId)], removeLicenses: remove });
    const errorOf = (user: string) =>
      session.tenant.user(user).licensePaths.find((path) => path.assignedByGroup === id)?.error;
    await assign(SKU.STANDARDPACK);
    await session.tenant.settled();
    assert.equal(errorOf(PEOPLE.megan.id), 'MutuallyExclusiveViolation');
    await assign(SKU.MCOEV, [SKU.STANDARDPACK]);
    await session.tenant.settled();
    assert.equal(errorOf(PEOPLE.megan.id), 'DependencyViolation');
  });

  it('come and go with membership, at one seat for each member', async () => {
    const session = await open({ options: { groupProcessingMs: 0 } });
    const consumed = () => session.tenant.skus().find(({ skuId }) => skuId === SKU.ENTERPRISEPACK)?.consumedUnits ?? 0;
    const before = consumed();
    session.tenant.addMember(GROUPS.sales.id, PEOPLE.amani.id);
    session.tenant.addMember(GROUPS.sales.id, PEOPLE.adele.id);
    await session.tenant.settled();
    assert.equal(consumed(), before + 1, 'one of them held it directly');
    session.tenant.removeMember(GROUPS.sales.id, PEOPLE.amani.id);
    await session.tenant.settled();
    assert.equal(consumed(), before);
    assert.deepEqual(session.tenant.assignedLicenses(PEOPLE.amani.id), []);
  });

  it('are refused for the group where they make no sense for anyone', async () => {
    const session = await open();
    const unknown = '0118a350-71fc-4ec3-8f0c-6a1cb8867561';
    const statuses = await Promise.all([
      assignToSales(session, [all(unknown)]),
      assignToSales(session, [all(SKU.SHAREPOINTSTORAGE)]),
      assignToSales(session, [{ skuId: SKU.SPE_E3, disabledPlans: [PLAN.BI_AZURE_P2] }]),
      assignToSales(session, [], [SKU.SPE_E5]),
    ]);
    assert.deepEqual(
      statuses.map(({ status }) => status),
      [400, 400, 400, 400],
    );
    assert.deepEqual(session.tenant.effectiveWrites(), []);
  });

  it('can be read: group, members, rule and origin', async () => {
    const session = await open();
    const { value } = (await session.get(`${SALES}/members?$top=2&$select=id`)).body;
    assert.equal(value.length, 2);
    const dynamic = (await session.get(`/groups/${GROUPS.frontline.id}`)).body;
    assert.deepEqual([dynamic.groupTypes, dynamic.onPremisesSyncEnabled], [['DynamicMembership'], null]);
    const synced = (await session.get(`/groups/${GROUPS.analysts.id}`)).body;
    assert.deepEqual([synced.groupTypes, synced.onPremisesSyncEnabled], [[], true]);
    const named = await session.get(`/groups?$filter=${encodeURIComponent("displayName eq 'Sales'")}`);
    assert.deepEqual(
      named.body.value.map(({ id }) => id),
      [GROUPS.sales.id],
    );
    assert.equal((await session.get(`/groups/${PEOPLE.adele.id}`)).status, 404);
  });
});
