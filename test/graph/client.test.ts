import assert from 'node:assert/strict';
import type { Failure } from '../../src/domain/failures.js';
import type { GraphGatewayOptions } from '../../src/graph/client.js';
import { createGraphGateway } from '../../src/graph/client.js';
import { createCredential } from '../../src/graph/credentials.js';
import type { GraphGateway } from '../../src/graph/gateway.js';
import { GraphFailure, isFailure } from '../../src/graph/gateway.js';
import type { ObservedCall } from '../../src/graph/observed-call.js';
import type { ScriptedGraph, Seen } from './scripted-graph.js';
import { graphError, jwt, scriptedGraph, TENANT_ID, token } from './scripted-graph.js';

const CLIENT_ID = '11111111-2222-4333-8444-555555555555';
const USER_ID = '0A111111-2222-4333-8444-55555555555F';
const SKU = 'c7df2760-2c81-4ef7-b578-5b5392b571df';
const PLAN = '8c098270-9dd4-4350-9b30-ba4703f3b36b';
const GROUP = '99999999-2222-4333-8444-555555555555';

const person = {
  id: USER_ID,
  userPrincipalName: 'adele@contoso.example',
  displayName: 'Adele Vance',
  mail: null,
  accountEnabled: true,
  userType: 'Member',
  usageLocation: 'NO',
  assignedLicenses: [],
  licenseAssignmentStates: [],
};

const NOTHING_TO_CHANGE = { addLicenses: [], removeLicenses: [] };

describe('Graph client', () => {
  let graph: ScriptedGraph;
  let observed: ObservedCall[];
  let gateway: GraphGateway;

  beforeEach(async () => {
    graph = await scriptedGraph();
    observed = [];
    gateway = connect();
  });

  afterEach(async () => {
    await graph[Symbol.asyncDispose]();
  });

  function connect(options: Partial<GraphGatewayOptions> = {}): GraphGateway {
    const { cloud } = graph;
    const credential = createCredential(
      { kind: 'client-secret', clientId: CLIENT_ID, clientSecret: 's3cr3t~value' },
      { cloud, tenantId: TENANT_ID },
    );
    const observe = (call: ObservedCall): void => void observed.push(call);
    return createGraphGateway({ cloud, tenantId: TENANT_ID, credential, timeoutMs: 5_000, observe, ...options });
  }

  function lastCall(): Seen {
    const call = graph.calls.at(-1);
    assert.ok(call, 'no call reached Graph');
    return call;
  }

  describe('requests', () => {
    it('carry the token, an id of their own, the priority, and go out as built', async () => {
      graph.answer = () => ({ status: 200, body: person });
      await gateway.user("o'brien_x#EXT#@contoso.example", { priority: 'High' });
      const call = lastCall();
      assert.equal(
        call.url,
        '/v1.0/users/o%27brien_x%23EXT%23%40contoso.example?$select=id%2CuserPrincipalName%2CdisplayName%2Cmail%2CaccountEnabled%2CuserType%2CusageLocation%2Cdepartment%2CjobTitle%2CcompanyName%2CofficeLocation',
      );
      assert.equal(call.headers.authorization, 'Bearer opaque-token');
      assert.equal(call.headers['x-ms-throttle-priority'], 'High');
      assert.match(String(call.headers['client-request-id']), /^[0-9a-f-]{36}$/);
    });

    it('write both arrays in one call and nothing else', async () => {
      const change = { addLicenses: [{ skuId: SKU, disabledPlans: [PLAN] }], removeLicenses: [] };
      assert.deepEqual(await gateway.assignLicense(USER_ID, change), { requestId: 'req-in-header' });
      const { method, url, body } = lastCall();
      assert.deepEqual([method, url], ['POST', `/v1.0/users/${USER_ID.toLowerCase()}/assignLicense`]);
      assert.deepEqual(JSON.parse(body), change);
    });

    it('set and empty the usage location', async () => {
      graph.answer = () => ({ status: 204 });
      await gateway.setUsageLocation(USER_ID, 'NO');
      assert.deepEqual([lastCall().method, lastCall().body], ['PATCH', '{"usageLocation":"NO"}']);
      await gateway.setUsageLocation(USER_ID, null);
      assert.equal(lastCall().body, '{"usageLocation":null}');
    });

    it('sign in once for many calls', async () => {
      graph.answer = () => ({ status: 200, body: person });
      await gateway.user(USER_ID);
      await gateway.user(USER_ID);
      assert.equal(graph.signIns.length, 1);
    });

    it('are never repeated, and no redirect is followed', async () => {
      for (const status of [301, 307, 429, 500, 503, 504]) {
        graph.calls.length = 0;
        graph.answer = () => ({ status, headers: { location: `${graph.root}/v1.0/elsewhere`, 'retry-after': '0' } });
        await assert.rejects(gateway.assignLicense(USER_ID, NOTHING_TO_CHANGE), GraphFailure);
        assert.equal(graph.calls.length, 1, `status ${status}`);
      }
    });
  });

  describe('answers', () => {
    it('lose the case of ids and keep words that nobody knows', async () => {
      graph.answer = () => ({
        status: 200,
        body: {
          ...person,
          surprise: { nested: true },
          usageLocation: null,
          licenseAssignmentStates: [
            {
              skuId: SKU.toUpperCase(),
              disabledPlans: [PLAN.toUpperCase(), PLAN],
              assignedByGroup: null,
              state: 'Active',
              error: 'None',
            },
            {
              skuId: SKU,
              disabledPlans: [],
              assignedByGroup: GROUP.toUpperCase(),
              state: 'Sideways',
              error: 'CountViolation',
            },
          ],
        },
      });
      const user = await gateway.userLicenses(USER_ID);
      assert.equal(user.id, USER_ID.toLowerCase());
      assert.equal(user.usageLocation, null);
      assert.deepEqual(user.paths, [
        { skuId: SKU, disabledPlans: [PLAN], assignedByGroup: null, state: 'Active', error: null },
        { skuId: SKU, disabledPlans: [], assignedByGroup: GROUP, state: 'Sideways', error: 'CountViolation' },
      ]);
    });

    it('count a licence as held while only half of the directory shows it', async () => {
      const assignedLicenses = [{ skuId: SKU, disabledPlans: [PLAN] }];
      graph.answer = () => ({ status: 200, body: { ...person, assignedLicenses } });
      const { paths } = await gateway.userLicenses(USER_ID);
      assert.deepEqual(paths, [
        { skuId: SKU, disabledPlans: [PLAN], assignedByGroup: null, state: 'Unknown', error: null },
      ]);
    });

    it('without licences where they were asked for are an error, not an empty set', async () => {
      const { licenseAssignmentStates: _left, ...without } = person;
      graph.answer = () => ({ status: 200, body: without });
      const failure = await failureOf(gateway.userLicenses(USER_ID));
      assert.equal(failure.code, 'UNCLASSIFIED');
      assert.match(failure.message, /licenseAssignmentStates/);
      assert.doesNotMatch(failure.message, /adele/i);
    });

    it('that are no JSON are an error that says so', async () => {
      graph.answer = () => ({ status: 200, body: '<html>Sign in to the Wi-Fi</html>' });
      assert.match((await failureOf(gateway.subscribedSkus())).message, /not JSON/);
    });

    it('take an account that is not called enabled as disabled, and no type as a member', async () => {
      graph.answer = () => ({ status: 200, body: { id: USER_ID, userPrincipalName: 'a@b.example' } });
      assert.deepEqual(await gateway.user(USER_ID), {
        id: USER_ID.toLowerCase(),
        userPrincipalName: 'a@b.example',
        displayName: 'a@b.example',
        mail: null,
        accountEnabled: false,
        userType: 'Member',
        usageLocation: null,
        department: null,
        jobTitle: null,
        companyName: null,
        officeLocation: null,
      });
    });

    it('show products with their seats and plans', async () => {
      graph.answer = () => ({
        status: 200,
        body: {
          value: [
            {
              id: `x_${SKU}`,
              skuId: SKU.toUpperCase(),
              skuPartNumber: 'ENTERPRISEPREMIUM',
              appliesTo: 'User',
              capabilityStatus: 'Wobbly',
              consumedUnits: 14,
              prepaidUnits: { enabled: 25, suspended: 0, warning: 1 },
              servicePlans: [
                { servicePlanId: PLAN, servicePlanName: 'X', provisioningStatus: 'Success', appliesTo: 'Device' },
              ],
            },
          ],
        },
      });
      assert.deepEqual(await gateway.subscribedSkus(), [
        {
          skuId: SKU,
          skuPartNumber: 'ENTERPRISEPREMIUM',
          appliesTo: 'User',
          capabilityStatus: 'Wobbly',
          consumedUnits: 14,
          prepaidUnits: { enabled: 25, warning: 1, suspended: 0, lockedOut: 0 },
          servicePlans: [
            { servicePlanId: PLAN, servicePlanName: 'X', appliesTo: 'Company', provisioningStatus: 'Success' },
          ],
        },
      ]);
    });

    it('tell a group that a rule or an on-premises directory keeps', async () => {
      graph.answer = () => ({
        status: 200,
        body: { id: GROUP, displayName: 'Sales', groupTypes: ['DynamicMembership'], onPremisesSyncEnabled: true },
      });
      assert.deepEqual(await gateway.group(GROUP), { id: GROUP, displayName: 'Sales', dynamic: true, synced: true });
      graph.answer = () => ({ status: 200, body: { id: GROUP, displayName: 'Sales', groupTypes: [] } });
      assert.deepEqual(await gateway.group(GROUP), { id: GROUP, displayName: 'Sales', dynamic: false, synced: false });
    });

    it('tell no manager from no user', async () => {
      const missing = (what: string) => ({
        status: 404,
        body: graphError(
          'Request_ResourceNotFound',
          `Resource '${what}' does not exist or one of its queried reference-property objects are not present.`,
        ),
      });
      graph.answer = () => missing('manager');
      assert.equal(await gateway.manager(USER_ID), null);
      graph.answer = () => missing(USER_ID);
      assert.equal((await failureOf(gateway.manager(USER_ID))).code, 'USER_NOT_FOUND');
      graph.answer = () => ({ status: 200, body: { '@odata.type': '#microsoft.graph.orgContact', id: USER_ID } });
      assert.equal(await gateway.manager(USER_ID), null);
      graph.answer = () => ({ status: 200, body: { '@odata.type': '#microsoft.graph.user', ...person } });
      assert.equal((await gateway.manager(USER_ID))?.displayName, 'Adele Vance');
    });
  });

  describe('a batch', () => {
    const users = Array.from({ length: 20 }, (_, i) => `user${i}@contoso.example`);

    it('puts mixed outcomes, in any order, at the index of their user', async () => {
      graph.answer = () => ({
        status: 200,
        headers: { date: 'Tue, 18 Aug 2020 12:51:51 GMT' },
        body: {
          responses: [
            {
              id: '3',
              status: 429,
              headers: { 'Retry-After': '12', 'REQUEST-ID': 'item-3' },
              body: { error: { code: 'TooManyRequests', message: 'Please retry again later.' } },
            },
            { id: '2', status: 503, body: 'PGh0bWw+' },
            { id: '0', status: 200, headers: { 'content-type': 'application/json' }, body: person },
            {
              id: '1',
              status: 404,
              body: graphError('Request_ResourceNotFound', `Resource 'x' does not exist or …`, 'item-1'),
            },
            {
              id: '5',
              status: 429,
              headers: { 'retry-after': 'Tue, 18 Aug 2020 12:52:51 GMT' },
              body: { error: { code: 'TooManyRequests', message: 'Please retry again later.' } },
            },
            { id: '6', status: 200, body: { id: USER_ID } },
          ],
        },
      });
      const entries = await gateway.usersLicenses(users.slice(0, 7));
      assert.equal(entries.length, 7);
      assert.deepEqual(
        entries.map((entry) => (isFailure(entry) ? entry.code : entry.userPrincipalName)),
        ['adele@contoso.example', 'USER_NOT_FOUND', 'TRANSIENT', 'THROTTLED', 'TRANSIENT', 'THROTTLED', 'UNCLASSIFIED'],
      );
      const failures = entries.map((entry) => (isFailure(entry) ? entry : null));
      assert.equal(failures[1]?.requestId, 'item-1');
      assert.equal(failures[3]?.requestId, 'item-3');
      assert.equal(failures[3]?.retryAfterMs, 12_000);
      assert.equal(failures[5]?.retryAfterMs, 60_000);
      assert.equal(failures[4]?.requestId, 'req-in-header');
      assert.equal(observed.at(-1)?.failure?.retryAfterMs, 60_000);
    });

    it('asks for 20 at a time, each with its own encoded url and priority', async () => {
      graph.answer = ({ body }) => {
        const { requests } = JSON.parse(body) as { requests: { id: string }[] };
        return { status: 200, body: { responses: requests.map(({ id }) => ({ id, status: 200, body: person })) } };
      };
      const entries = await gateway.usersLicenses([...users, USER_ID], { priority: 'Low' });
      assert.equal(entries.filter((entry) => !isFailure(entry)).length, 21);
      const sizes = graph.calls.map(({ body }) => (JSON.parse(body) as { requests: unknown[] }).requests.length);
      assert.deepEqual(sizes, [20, 1]);
      const [one] = (JSON.parse(lastCall().body) as { requests: Record<string, unknown>[] }).requests;
      assert.deepEqual(
        { ...one, url: String(one?.['url']).split('?')[0] },
        {
          id: '0',
          method: 'GET',
          url: `/users/${USER_ID.toLowerCase()}`,
          headers: { accept: 'application/json', 'x-ms-throttle-priority': 'Low' },
        },
      );
    });

    it('fails as a whole where Graph refuses it as a whole', async () => {
      graph.answer = () => ({ status: 429, headers: { 'retry-after': '7' } });
      assert.equal((await failureOf(gateway.usersLicenses(users))).retryAfterMs, 7_000);
      graph.answer = () => ({ status: 200, body: { nothing: [] } });
      assert.equal((await failureOf(gateway.usersLicenses(users))).code, 'UNCLASSIFIED');
    });

    it('of nobody asks nothing', async () => {
      assert.deepEqual(await gateway.usersLicenses([]), []);
      assert.equal(graph.calls.length, 0);
    });
  });

  describe('paging', () => {
    it('follows each link as it stands, with the token and the consistency level', async () => {
      const link = `${graph.root}/v1.0/users?$skiptoken=RFNwdAIAAQ%3d%3d&$top=1&$skiptoken=b,c&odd`;
      graph.answer = ({ url }) =>
        url.includes('skiptoken')
          ? { status: 200, body: { value: [{ ...person, displayName: 'Second' }] } }
          : { status: 200, body: { value: [person], '@odata.nextLink': link } };
      const names: string[] = [];
      for await (const page of gateway.listUsers(`assignedLicenses/any(l:l/skuId eq ${SKU})`)) {
        names.push(...page.map(({ displayName }) => displayName));
      }
      assert.deepEqual(names, ['Adele Vance', 'Second']);
      const [first, second] = graph.calls;
      const query = new URL(first?.url ?? '', graph.root).searchParams;
      assert.equal(query.get('$filter'), `assignedLicenses/any(l:l/skuId eq ${SKU})`);
      assert.equal(query.get('$count'), 'true');
      assert.equal(query.get('$top'), '999');
      assert.equal(`${graph.root}${second?.url}`, link);
      assert.equal(second?.headers.authorization, 'Bearer opaque-token');
      assert.equal(second?.headers['consistencylevel'], 'eventual');
    });

    it('asks for mail addresses in filters of 15, without what makes an answer late', async () => {
      graph.answer = ({ url }) => {
        const value = { ...person, mail: 'Adele@contoso.com', proxyAddresses: ['SMTP:adele@contoso.com', 'X500:/o=x'] };
        const link = `${graph.root}/v1.0/users?$skiptoken=more`;
        return {
          status: 200,
          body: { value: [value], ...(url.includes('skiptoken') ? {} : { '@odata.nextLink': link }) },
        };
      };
      const owners = await gateway.usersWithAddress(Array.from({ length: 16 }, (_, i) => `o'neill${i}@contoso.com`));
      assert.deepEqual(
        owners.map(({ addresses }) => addresses),
        Array.from({ length: 4 }, () => ['adele@contoso.com']),
      );
      const [first, link, second] = graph.calls.map(({ url }) => new URL(url, graph.root).searchParams);
      const clauses = first?.get('$filter')?.split(' or ') ?? [];
      assert.deepEqual([clauses.length, clauses[0]], [15, "proxyAddresses/any(p:p eq 'smtp:o''neill0@contoso.com')"]);
      assert.equal(link?.get('$skiptoken'), 'more');
      assert.equal(second?.get('$filter'), "proxyAddresses/any(p:p eq 'smtp:o''neill15@contoso.com')");
      assert.deepEqual([first?.has('$count'), graph.calls[0]?.headers['consistencylevel']], [false, undefined]);
    });

    it('takes the token to no other host', async () => {
      await using other = await scriptedGraph();
      const link = `${other.root}/v1.0/users?$skiptoken=x`;
      graph.answer = () => ({ status: 200, body: { value: [], '@odata.nextLink': link } });
      const listing = (async () => {
        for await (const page of gateway.listUsers(null)) assert.deepEqual(page, []);
      })();
      assert.match((await failureOf(listing)).message, /leads away/);
      assert.equal(other.calls.length, 0);
    });

    it('ends when the reader stops', async () => {
      graph.answer = () => ({
        status: 200,
        body: { value: [person], '@odata.nextLink': `${graph.root}/v1.0/users?$skiptoken=again` },
      });
      for await (const page of gateway.listUsers(null)) {
        assert.equal(page.length, 1);
        break;
      }
      assert.equal(graph.calls.length, 1);
    });
  });

  describe('when no answer comes', () => {
    const write = (signal?: AbortSignal) =>
      gateway.assignLicense(USER_ID, NOTHING_TO_CHANGE, signal === undefined ? {} : { signal });

    for (const fault of ['reset', 'cut'] as const) {
      it(`(${fault}) the outcome of a write is unknown, and a read may be tried again`, async () => {
        graph.answer = () => fault;
        const failure = await failureOf(write());
        assert.equal(failure.code, 'OUTCOME_UNKNOWN');
        assert.match(
          failure.message,
          /The connection to Microsoft Graph broke: (fetch failed: other side closed|terminated)/,
        );
        assert.equal((await failureOf(gateway.setUsageLocation(USER_ID, 'NO'))).code, 'OUTCOME_UNKNOWN');
        assert.equal((await failureOf(gateway.user(USER_ID))).code, 'TRANSIENT');
      });
    }

    it('our own timeout says the same', async () => {
      graph.answer = () => 'silence';
      gateway = connect({ timeoutMs: 150 });
      const failure = await failureOf(write());
      assert.deepEqual(failure, {
        code: 'OUTCOME_UNKNOWN',
        message: 'No complete answer from Microsoft Graph within 150 ms.',
      });
      assert.equal((await failureOf(gateway.user(USER_ID))).code, 'TRANSIENT');
      assert.deepEqual(
        observed.map(({ status, failure: seen }) => [status, seen?.code]),
        [
          [null, 'OUTCOME_UNKNOWN'],
          [null, 'TRANSIENT'],
        ],
      );
    });

    it('a write that never left is not unknown: nobody listens', async () => {
      await graph[Symbol.asyncDispose]();
      const dead = graph.cloud;
      graph = await scriptedGraph();
      const cloud = { ...dead, authorityHost: graph.cloud.authorityHost };
      const failure = await failureOf(connectTo(cloud).assignLicense(USER_ID, NOTHING_TO_CHANGE));
      assert.equal(failure.code, 'TRANSIENT');
      assert.match(failure.message, /could not be reached: .*ECONNREFUSED/);
    });

    it('a write that never left is not unknown: sign-in is silent until our timeout', async () => {
      graph.signIn = () => 'silence';
      gateway = connect({ timeoutMs: 150 });
      const failure = await failureOf(write());
      assert.deepEqual(failure, { code: 'TRANSIENT', message: 'No access token within 150 ms.' });
    });

    it('a write whose sign-in comes too late is never sent', async () => {
      let release: (() => void) | undefined;
      const late = new Promise<void>((resolve) => (release = resolve));
      const asked: Promise<unknown>[] = [];
      gateway = connect({
        timeoutMs: 50,
        credential: {
          getToken: () => {
            const answer = late.then(() => ({ token: 'late', expiresOnTimestamp: Date.now() + 60_000 }));
            asked.push(answer);
            return answer;
          },
        },
      });
      assert.equal((await failureOf(write())).code, 'TRANSIENT');
      release?.();
      await Promise.all(asked);
      await new Promise((resolve) => setImmediate(resolve));
      graph.answer = () => ({ status: 200, body: person });
      await connect().user(USER_ID);
      assert.deepEqual(
        graph.calls.map(({ method }) => method),
        ['GET'],
      );
    });

    it("the caller's abort is passed on with its own reason, and observed as what it left behind", async () => {
      const controller = new AbortController();
      const reason = new Error('the activity was cancelled');
      graph.answer = () => {
        controller.abort(reason);
        return 'silence';
      };
      await assert.rejects(write(controller.signal), (error) => error === reason);
      assert.equal(observed.at(-1)?.failure?.code, 'OUTCOME_UNKNOWN');

      const early = new AbortController();
      gateway = connect();
      graph.signIn = () => {
        early.abort(reason);
        return 'silence';
      };
      await assert.rejects(write(early.signal), (error) => error === reason);
      assert.equal(observed.at(-1)?.failure?.code, 'TRANSIENT');
      assert.equal(graph.calls.length, 1);
    });

    it('an abort from before the call sends nothing, not even a sign-in', async () => {
      await assert.rejects(write(AbortSignal.abort()), { name: 'AbortError' });
      assert.deepEqual([graph.signIns.length, graph.calls.length], [0, 0]);
    });
  });

  describe('sign-in', () => {
    it('that is refused is not a failure of Graph, and shows no secret', async () => {
      graph.signIn = () => ({
        status: 401,
        body: { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' },
      });
      const error = await gateway.assignLicense(USER_ID, NOTHING_TO_CHANGE).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof GraphFailure);
      assert.equal(error.failure.code, 'UNAUTHENTICATED');
      assert.match(error.failure.message, /AADSTS7000215/);
      assert.equal(error.failure.status, undefined);
      assert.doesNotMatch(JSON.stringify(error.failure) + String(error.stack), /s3cr3t/);
      assert.equal(graph.calls.length, 0);
      assert.equal(graph.signIns.length, 1);
    });

    for (const status of [429, 500, 503]) {
      it(`that the service cannot do now (${status}) passes by itself, after one try`, async () => {
        graph.signIn = () => ({
          status,
          body: { error: status === 429 ? 'temporarily_unavailable' : 'server_error', error_description: 'Busy.' },
        });
        assert.equal((await failureOf(gateway.assignLicense(USER_ID, NOTHING_TO_CHANGE))).code, 'TRANSIENT');
        assert.equal(graph.signIns.length, 1);
      });
      it(`that is answered with a page (${status}) passes by itself`, async () => {
        graph.signIn = () => ({ status, headers: { 'content-type': 'text/html' }, body: '<html>Busy</html>' });
        assert.equal((await failureOf(gateway.user(USER_ID))).code, 'TRANSIENT');
      });
    }

    it('that loses its connection passes by itself', async () => {
      graph.signIn = () => 'reset';
      assert.equal((await failureOf(gateway.assignLicense(USER_ID, NOTHING_TO_CHANGE))).code, 'TRANSIENT');
    });
  });

  describe('403', () => {
    const denied = () => ({
      status: 403,
      body: graphError('Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'),
    });

    it('looks into the token that was sent', async () => {
      graph.answer = denied;
      graph.signIn = () => token(jwt({ roles: ['User.Read.All', 'LicenseAssignment.ReadWrite.All'] }));
      assert.equal((await failureOf(gateway.assignLicense(USER_ID, NOTHING_TO_CHANGE))).code, 'RESTRICTED_OBJECT');
      assert.equal((await failureOf(gateway.setUsageLocation(USER_ID, 'NO'))).code, 'FORBIDDEN');
      assert.equal((await failureOf(gateway.user(USER_ID))).code, 'FORBIDDEN');
    });

    it('is about the application where the token is opaque', async () => {
      graph.answer = denied;
      assert.equal((await failureOf(gateway.assignLicense(USER_ID, NOTHING_TO_CHANGE))).code, 'FORBIDDEN');
    });
  });

  describe('probe', () => {
    it('shows the roles and the tenant of the token, and how far the clocks are apart', async () => {
      graph.signIn = () => token(jwt({ roles: ['User.Read.All'], tid: TENANT_ID }));
      graph.answer = () => ({
        status: 200,
        headers: { date: new Date(Date.now() - 90_000).toUTCString() },
        body: { value: [] },
      });
      const probe = await gateway.probe();
      assert.deepEqual([probe.roles, probe.tenantId], [['User.Read.All'], TENANT_ID]);
      assert.ok(probe.clockSkewMs !== null && Math.abs(probe.clockSkewMs - 90_000) < 5_000, `${probe.clockSkewMs}`);
    });

    it('still answers where Graph refuses the call, because the roles say why', async () => {
      graph.signIn = () => token(jwt({ tid: TENANT_ID }));
      graph.answer = () => ({
        status: 403,
        body: graphError('Authorization_RequestDenied', 'Insufficient privileges.'),
      });
      assert.deepEqual((await gateway.probe()).roles, []);
    });

    it('says so where the token is opaque and the date unusable', async () => {
      graph.answer = () => ({ status: 200, headers: { date: 'today' }, body: { value: [] } });
      assert.deepEqual(await gateway.probe(), { roles: null, tenantId: TENANT_ID, clockSkewMs: null });
    });

    it('fails where the token is refused', async () => {
      graph.answer = () => ({ status: 401, body: graphError('InvalidAuthenticationToken', 'Expired.') });
      assert.equal((await failureOf(gateway.probe())).code, 'UNAUTHENTICATED');
    });
  });

  describe('the observer and the log', () => {
    it('see every call with its quota and its failure, and no name', async () => {
      const lines: unknown[] = [];
      const log = { debug: (fields: unknown) => void lines.push(fields) };
      gateway = connect({ log: log as unknown as NonNullable<GraphGatewayOptions['log']> });
      graph.answer = () => ({ status: 200, headers: { 'x-ms-throttle-limit-percentage': '0.92' } });
      await gateway.assignLicense('adele@contoso.example', NOTHING_TO_CHANGE);
      graph.answer = () => ({ status: 409, body: graphError('Directory_ConcurrencyViolation', 'Busy.') });
      await failureOf(gateway.assignLicense('adele@contoso.example', NOTHING_TO_CHANGE));
      assert.deepEqual(
        observed.map((call) => [call.operation, call.status, call.throttleLimitPercentage, call.failure?.code ?? null]),
        [
          ['assignLicense', 200, 0.92, null],
          ['assignLicense', 409, null, 'CONTENTION'],
        ],
      );
      assert.equal(lines.length, 2);
      assert.doesNotMatch(JSON.stringify(lines), /adele|opaque-token/);
    });
  });

  function connectTo(cloud: ScriptedGraph['cloud']): GraphGateway {
    const credential = createCredential(
      { kind: 'client-secret', clientId: CLIENT_ID, clientSecret: 's3cr3t~value' },
      { cloud, tenantId: TENANT_ID },
    );
    return connect({ cloud, credential });
  }
});

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (error) {
    if (error instanceof GraphFailure) return error.failure;
    throw error;
  }
  throw new assert.AssertionError({ message: 'The call did not fail.' });
}
