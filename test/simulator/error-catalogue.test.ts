import assert from 'node:assert/strict';
import { encodeAccessToken, readAuthorization } from '../../src/simulator/access-token.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { NewTenant } from '../../src/simulator/simulator.js';
import { withSimulator, type Answer, type GraphSession } from './graph-session.js';

interface Case {
  readonly id: string;
  readonly situation: string;
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly tenant?: NewTenant;
  readonly cause: (session: GraphSession) => Promise<Answer>;
}

const all = (skuId: string) => ({ skuId, disabledPlans: [] });
const UNKNOWN = '0118a350-71fc-4ec3-8f0c-6a1cb8867561';
const badRequest = { status: 400, code: 'Request_BadRequest' };

const CASES: readonly Case[] = [
  {
    id: 'E1',
    situation: 'a user without usage location',
    ...badRequest,
    message: 'License assignment cannot be done for user with invalid usage location.',
    cause: (s) => s.assign(PEOPLE.nadia.id, [all(SKU.FLOW_FREE)]),
  },
  {
    id: 'E1',
    situation: 'a user where the product is not offered',
    ...badRequest,
    message: 'License assignment cannot be done for user with invalid usage location.',
    cause: (s) => s.assign(PEOPLE.wei.id, [all(SKU.MCOEV)]),
  },
  {
    id: 'E2',
    situation: 'removal of a licence that is not held',
    ...badRequest,
    message: 'User does not have a corresponding license.',
    cause: (s) => s.assign(PEOPLE.adele.id, [], [SKU.SPE_E5]),
  },
  {
    id: 'E3',
    situation: 'removal of a licence that comes from a group only',
    ...badRequest,
    message: 'User license is inherited from a group membership and it cannot be removed directly from the user.',
    cause: (s) => s.assign(PEOPLE.isaiah.id, [], [SKU.ENTERPRISEPACK]),
  },
  {
    id: 'E4',
    situation: 'an added SKU that the tenant does not own',
    ...badRequest,
    message: `License ${UNKNOWN} does not correspond to a valid company License.`,
    cause: (s) => s.assign(PEOPLE.adele.id, [all(UNKNOWN.toUpperCase())]),
  },
  {
    id: 'E4',
    situation: 'a removed SKU that the tenant does not own',
    ...badRequest,
    message: `License ${UNKNOWN} does not correspond to a valid company License.`,
    cause: (s) => s.assign(PEOPLE.adele.id, [], [UNKNOWN]),
  },
  {
    id: 'E5',
    situation: 'a SKU without free seats',
    ...badRequest,
    message: `Subscription with SKU ${SKU.VISIOCLIENT} does not have any available licenses.`,
    cause: (s) => s.assign(PEOPLE.adele.id, [all(SKU.VISIOCLIENT)]),
  },
  {
    id: 'E6',
    situation: 'removal of what another licence needs',
    ...badRequest,
    message: `License assignment failed because service plan ${PLAN.MCOEV} depends on the service plan(s) ${PLAN.MCOSTANDARD}, ${PLAN.TEAMS1}`,
    cause: (s) => s.assign(PEOPLE.allan.id, [], [SKU.ENTERPRISEPACK]),
  },
  {
    id: 'E7',
    situation: 'two products that exclude each other',
    ...badRequest,
    message: `License assignment failed because service plans ${PLAN.EXCHANGE_S_STANDARD},${PLAN.EXCHANGE_S_ENTERPRISE} are mutually exclusive`,
    cause: (s) => s.assign(PEOPLE.adele.id, [all(SKU.STANDARDPACK)]),
  },
  {
    id: 'E8',
    situation: 'a SKU for the whole company',
    ...badRequest,
    message: `License ${SKU.SHAREPOINTSTORAGE} cannot be assigned to a user.`,
    cause: (s) => s.assign(PEOPLE.adele.id, [all(SKU.SHAREPOINTSTORAGE)]),
  },
  {
    id: 'E9',
    situation: 'a disabled plan of another SKU',
    ...badRequest,
    message: `The service plan ${PLAN.BI_AZURE_P2} does not belong to the ${SKU.SPE_E3} subscription.`,
    cause: (s) => s.assign(PEOPLE.adele.id, [{ skuId: SKU.SPE_E3, disabledPlans: [PLAN.BI_AZURE_P2] }]),
  },
  {
    id: 'E10',
    situation: 'a body without removeLicenses',
    ...badRequest,
    message:
      "One or more parameters of the operation 'assignLicense' are missing from the request payload. The missing parameters are: removeLicenses.",
    cause: (s) =>
      s.post(`/users/${PEOPLE.adele.id}/assignLicense`, { addLicenses: [all(SKU.SPE_E3)] }, { malformed: true }),
  },
  {
    id: 'E10',
    situation: 'a body without either key',
    ...badRequest,
    message:
      "One or more parameters of the operation 'assignLicense' are missing from the request payload. The missing parameters are: addLicenses, removeLicenses.",
    cause: (s) => s.post(`/users/${PEOPLE.adele.id}/assignLicense`, {}, { malformed: true }),
  },
  {
    id: 'E11',
    situation: 'a mail address that another object has',
    ...badRequest,
    message: 'Another object with the same value for property proxyAddresses already exists.',
    cause: (s) => s.assign(PEOPLE.ivan.id, [all(SKU.FLOW_FREE)]),
  },
  {
    id: 'E12',
    situation: 'an unknown user',
    status: 404,
    code: 'Request_ResourceNotFound',
    message:
      "Resource 'nobody@contoso.com' does not exist or one of its queried reference-property objects are not present.",
    cause: (s) => s.get('/users/nobody@contoso.com'),
  },
  {
    id: 'E12',
    situation: 'a deleted user',
    status: 404,
    code: 'Request_ResourceNotFound',
    message: `Resource '${PEOPLE.leo.id}' does not exist or one of its queried reference-property objects are not present.`,
    cause: (s) => {
      s.tenant.deleteUser(PEOPLE.leo.id);
      return s.assign(PEOPLE.leo.id, [], [SKU.EMS]);
    },
  },
  {
    id: 'E13',
    situation: 'a user that was invited a moment ago',
    status: 404,
    code: 'Directory_ObjectNotFound',
    message: 'Unable to read the company information from the directory.',
    cause: (s) => {
      s.tenant.addFault({ match: { userId: PEOPLE.priya.id }, fault: { kind: 'graph-error', error: 'E13' } });
      return s.assign(PEOPLE.priya.id, [all(SKU.FLOW_FREE)]);
    },
  },
  {
    id: 'E14',
    situation: 'an application without the permission',
    status: 403,
    code: 'Authorization_RequestDenied',
    message: 'Insufficient privileges to complete the operation.',
    cause: (s) => {
      const appId = 'bb8a5f3e-93e7-4b6c-8a51-5a9e4f1f0a11';
      const roles = ['User.Read.All', 'LicenseAssignment.Read.All'];
      s.tenant.putApplication({ appId, displayName: 'reader', secrets: [], assertions: [], roles });
      return s.assign(PEOPLE.adele.id, [all(SKU.SPE_E3)], [], { token: s.tenant.applicationToken(appId) });
    },
  },
  {
    id: 'E14',
    situation: 'a user in a restricted management unit',
    status: 403,
    code: 'Authorization_RequestDenied',
    message: 'Insufficient privileges to complete the operation.',
    cause: (s) => s.assign(PEOPLE.christie.id, [all(SKU.FLOW_FREE)]),
  },
  {
    id: 'E15',
    situation: 'another write under way',
    status: 409,
    code: 'Directory_ConcurrencyViolation',
    message: 'Error due to concurrent requests being made to the tenant. Please wait briefly and retry.',
    tenant: { options: { writeLock: '409', writeMs: 300 } },
    cause: secondOfTwoWrites,
  },
  {
    id: 'E15',
    situation: 'another write under way, told as 400',
    ...badRequest,
    message: 'Error due to concurrent requests being made to the tenant. Please wait briefly and retry.',
    tenant: { options: { writeLock: '400', writeMs: 300 } },
    cause: secondOfTwoWrites,
  },
  {
    id: 'E16',
    situation: 'too many requests',
    status: 429,
    code: 'TooManyRequests',
    message: 'Please retry again later.',
    cause: (s) => {
      s.tenant.addFault({ fault: { kind: 'throttle', retryAfterSeconds: 7 } });
      return s.get(`/users/${PEOPLE.adele.id}`);
    },
  },
  {
    id: 'E17',
    situation: 'an expired token',
    status: 401,
    code: 'InvalidAuthenticationToken',
    message: 'Access token has expired or is not yet valid.',
    cause: (s) => {
      const token = s.tenant.applicationToken(s.tenant.applications()[0]?.appId ?? '', -60);
      return s.get(`/users/${PEOPLE.adele.id}`, { token });
    },
  },
  {
    id: 'E17',
    situation: 'no token',
    status: 401,
    code: 'InvalidAuthenticationToken',
    message: 'Access token is empty.',
    cause: (s) => s.get(`/users/${PEOPLE.adele.id}`, { token: null }),
  },
  {
    id: 'E17',
    situation: 'a token of a tenant that is not here',
    status: 401,
    code: 'InvalidAuthenticationToken',
    message: 'Access token validation failure. Invalid audience.',
    cause: (s) => {
      const claims = readAuthorization(`Bearer ${s.token}`, Date.now());
      return s.get('/users', { token: encodeAccessToken({ ...claims, tid: UNKNOWN }) });
    },
  },
  {
    id: 'E18',
    situation: 'trouble inside the service',
    status: 503,
    code: 'serviceNotAvailable',
    message: '',
    cause: (s) => {
      s.tenant.addFault({ fault: { kind: 'server-error', status: 503 } });
      return s.get(`/users/${PEOPLE.adele.id}`);
    },
  },
];

async function secondOfTwoWrites(session: GraphSession): Promise<Answer> {
  const answers = await Promise.all([
    session.assign(PEOPLE.adele.id, [all(SKU.FLOW_FREE)]),
    session.assign(PEOPLE.alex.id, [all(SKU.FLOW_FREE)]),
  ]);
  const refused = answers.filter(({ status }) => status !== 200);
  assert.equal(refused.length, 1, 'one of two writes at the same time is refused');
  return refused[0] as Answer;
}

describe('The error catalogue of the simulator', () => {
  const open = withSimulator();

  for (const { id, situation, status, code, message, tenant, cause } of CASES) {
    it(`answers ${id} to ${situation}`, async () => {
      const session = await open(tenant);
      const answer = await cause(session);
      assert.equal(answer.status, status);
      const { innerError, ...error } = answer.body.error;
      assert.deepEqual(error, { code, message });
      assert.match(innerError['date'] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/, 'a date without zone');
      assert.equal(innerError['request-id'], answer.headers['request-id']);
      assert.equal(innerError['client-request-id'], answer.headers['client-request-id']);
      if (status === 400) assert.ok(session.tenant.effectiveWrites().length <= 1, 'a refused write changes nothing');
    });
  }

  it('covers every error there is', () => {
    const covered = new Set(CASES.map(({ id }) => id));
    assert.deepEqual(
      Array.from({ length: 18 }, (_, i) => `E${i + 1}`).filter((id) => !covered.has(id)),
      [],
    );
  });

  it('repeats the client-request-id of the caller', async () => {
    const session = await open();
    const answer = await session.get('/users/nobody', { headers: { 'client-request-id': 'abc-123' } });
    assert.equal(answer.headers['client-request-id'], 'abc-123');
    assert.equal(answer.body.error.innerError['client-request-id'], 'abc-123');
  });

  it('refuses ids that are no GUIDs, and JSON that is none', async () => {
    const session = await open();
    const path = `/users/${PEOPLE.adele.id}/assignLicense`;
    const noGuid = { addLicenses: [{ skuId: 'ENTERPRISEPACK', disabledPlans: [] }], removeLicenses: [] };
    for (const body of [noGuid, '{"addLicenses":[', { addLicenses: 'all', removeLicenses: [] }]) {
      const answer = await session.post(path, body, { malformed: true });
      assert.equal(answer.status, 400);
      assert.equal(answer.body.error.code, 'Request_BadRequest');
    }
    assert.deepEqual(session.tenant.effectiveWrites(), []);
  });
});
