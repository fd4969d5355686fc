import assert from 'node:assert/strict';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { withSimulator, type Answer } from './graph-session.js';

const PREMIUM = '84a661c4-e949-4bd2-a560-ed7766fcaf2b';
const FLOW = 'f30db892-07e9-47e9-837c-80727f46fd3d';
const MFA = '8a256a2b-b617-496d-b51b-e76466e88db0';
const EXAMPLE_1 = {
  addLicenses: [
    { disabledPlans: [MFA], skuId: PREMIUM },
    { disabledPlans: [], skuId: FLOW },
  ],
  removeLicenses: [],
};
const EXAMPLE_2 = { addLicenses: [], removeLicenses: [FLOW, PREMIUM] };

describe("The examples of Microsoft's page on user: assignLicense", () => {
  const open = withSimulator();

  async function openAsAmani() {
    const session = await open();
    const scopes = ['LicenseAssignment.ReadWrite.All', 'User.Read'];
    const token = session.tenant.delegatedToken({ user: PEOPLE.amani.id, scopes });
    return { session, token };
  }

  /** The page shows answers shortened, so an answer must contain all that is shown. */
  function assertShows(answer: Answer, shown: Record<string, unknown>): void {
    assert.equal(answer.status, 200);
    for (const [name, value] of Object.entries(shown)) assert.deepEqual(answer.body[name], value, name);
  }

  it('example 1: assigns licences to the signed-in user', async () => {
    const { session, token } = await openAsAmani();
    const answer = await session.post('/me/assignLicense', EXAMPLE_1, { token });
    assertShows(answer, {
      accountEnabled: true,
      assignedLicenses: [
        { disabledPlans: [MFA], skuId: PREMIUM },
        { disabledPlans: [], skuId: FLOW },
      ],
      city: 'Nairobi',
      companyName: 'Contoso',
    });
  });

  it('example 2: removes licences from the signed-in user', async () => {
    const { session, token } = await openAsAmani();
    await session.post('/me/assignLicense', EXAMPLE_1, { token });
    const answer = await session.post('/me/assignLicense', EXAMPLE_2, { token });
    assertShows(answer, { accountEnabled: true, assignedLicenses: [], city: 'Nairobi', companyName: 'Contoso' });
    assert.equal(session.tenant.effectiveWrites(PEOPLE.amani.id).length, 2);
  });

  it('answers the default property set where it is told to answer as captured', async () => {
    const session = await open({ options: { assignLicenseReturns: 'captured' } });
    const answer = await session.post(`/users/${PEOPLE.amani.id}/assignLicense`, EXAMPLE_1);
    assert.deepEqual(Object.keys(answer.body).sort(), [
      '@odata.context',
      'businessPhones',
      'displayName',
      'givenName',
      'id',
      'jobTitle',
      'mail',
      'mobilePhone',
      'officeLocation',
      'preferredLanguage',
      'surname',
      'userPrincipalName',
    ]);
  });

  it('demands an Entra role of the signed-in user', async () => {
    const session = await open();
    const scopes = ['LicenseAssignment.ReadWrite.All'];
    const token = session.tenant.delegatedToken({ user: PEOPLE.adele.id, scopes });
    const answer = await session.post('/me/assignLicense', EXAMPLE_1, { token });
    assert.equal(answer.status, 403);
    assert.deepEqual(session.tenant.effectiveWrites(), []);
  });

  it('demands the delegated permission', async () => {
    const session = await open();
    const token = session.tenant.delegatedToken({ user: PEOPLE.amani.id, scopes: ['User.Read'] });
    assert.equal((await session.post('/me/assignLicense', EXAMPLE_1, { token })).status, 403);
    assert.equal((await session.get('/me', { token })).body.id, PEOPLE.amani.id);
    assert.equal((await session.get(`/users/${PEOPLE.adele.id}`, { token })).status, 403, 'others need User.Read.All');
  });

  it('has no signed-in user for an application', async () => {
    const session = await open();
    const answer = await session.post('/me/assignLicense', EXAMPLE_1);
    assert.equal(answer.status, 400);
    assert.equal(answer.body.error.message, '/me request is only valid with delegated authentication flow.');
  });
});
