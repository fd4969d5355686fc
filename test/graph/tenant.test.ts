import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Failure, FailureCode } from '../../src/domain/failures.js';
import type { LicenseChange } from '../../src/domain/license.js';
import type { GraphGatewayOptions } from '../../src/graph/client.js';
import { createGraphGateway } from '../../src/graph/client.js';
import { customCloud } from '../../src/graph/clouds.js';
import type { CredentialConfig } from '../../src/graph/credentials.js';
import { createCredential } from '../../src/graph/credentials.js';
import type { GraphGateway, UserLicenses } from '../../src/graph/gateway.js';
import { GraphFailure, isFailure } from '../../src/graph/gateway.js';
import { WritePacer } from '../../src/graph/pacing.js';
import { SEED_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Tenant } from '../../src/simulator/tenant.js';
import { certificate } from './certificate.js';

const SECRET: CredentialConfig = {
  kind: 'client-secret',
  clientId: SEED_APPLICATION.appId,
  clientSecret: SEED_APPLICATION.secrets[0],
};

const WRITE = { method: 'POST', path: '/users/*/assignLicense' } as const;
const READ = { method: 'GET', path: '/users/*' } as const;

describe('Graph client in a tenant', () => {
  let simulator: Simulator;
  let tenant: Tenant;
  let gateway: GraphGateway;

  before(async () => {
    const certDir = process.env['LICENSEFLOW_TEST_CERT_DIR'];
    assert.ok(certDir, 'LICENSEFLOW_TEST_CERT_DIR is not set; run the tests with their launcher.');
    simulator = await startSimulator({ certDir });
  });

  after(async () => {
    await simulator.close();
  });

  beforeEach(async () => {
    tenant = await simulator.createTenant({ users: 50 });
    gateway = connect();
  });

  function connect(options: Partial<GraphGatewayOptions> = {}, signIn = SECRET): GraphGateway {
    const cloud = customCloud({ graphRoot: simulator.graphUrl, authorityHost: simulator.authorityHost });
    const credential = createCredential(signIn, { cloud, tenantId: tenant.id });
    return createGraphGateway({ cloud, tenantId: tenant.id, credential, timeoutMs: 10_000, ...options });
  }

  describe('reads', () => {
    it('a user with all licence paths, by id and by name', async () => {
      const user = await gateway.userLicenses(PEOPLE.lidia.id);
      assert.equal(user.userPrincipalName, PEOPLE.lidia.userPrincipalName);
      const paths = user.paths.map(({ skuId, assignedByGroup, disabledPlans }) => [
        skuId,
        assignedByGroup,
        disabledPlans,
      ]);
      const off = [PLAN.SWAY, PLAN.YAMMER_ENTERPRISE].sort();
      assert.deepEqual(
        paths.sort(([, a], [, b]) => String(a).localeCompare(String(b))),
        [
          [SKU.ENTERPRISEPACK, GROUPS.sales.id, []],
          [SKU.ENTERPRISEPACK, null, off],
        ],
      );
      assert.deepEqual(await gateway.userLicenses(PEOPLE.lidia.userPrincipalName), user);
    });

    it('a guest, whose name needs encoding', async () => {
      const guest = await gateway.user(PEOPLE.priya.userPrincipalName);
      assert.deepEqual([guest.id, guest.userType], [PEOPLE.priya.id, 'Guest']);
    });

    it('a manager, and that there is none', async () => {
      assert.equal((await gateway.manager(PEOPLE.adele.id))?.id, PEOPLE.megan.id);
      assert.equal(await gateway.manager(PEOPLE.grady.id), null);
      assert.equal(await codeOf(gateway.manager('nobody@contoso.com')), 'USER_NOT_FOUND');
    });

    it('mail addresses, and who has one of them', async () => {
      const { id, userPrincipalName, displayName } = PEOPLE.information;
      const addresses = ['info@contoso.com', 'reception@contoso.com'];
      assert.deepEqual(await gateway.mailAddresses([id]), [{ id, userPrincipalName, displayName, addresses }]);
      const owners = await gateway.usersWithAddress(['Reception@contoso.com', "o'brien@contoso.com"]);
      assert.deepEqual(
        owners.map((owner) => [owner.id, owner.addresses.includes('reception@contoso.com')]).sort(),
        [
          [id, true],
          [PEOPLE.ivan.id, true],
        ].sort(),
      );
      // More than one filter takes.
      const everybody = Object.values(PEOPLE).map((person) => person.id);
      const read = await gateway.mailAddresses(everybody);
      assert.deepEqual(read.map((user) => user.id).sort(), [...everybody].sort());
      assert.deepEqual(await gateway.usersWithAddress([]), []);
    });

    it('products with seats and plans', async () => {
      const skus = await gateway.subscribedSkus();
      const e3 = skus.find(({ skuPartNumber }) => skuPartNumber === 'ENTERPRISEPACK');
      assert.equal(e3?.skuId, SKU.ENTERPRISEPACK);
      assert.ok(e3.servicePlans.some(({ servicePlanId }) => servicePlanId === PLAN.SWAY));
      assert.ok(e3.consumedUnits > 0 && e3.prepaidUnits.enabled >= e3.consumedUnits);
      assert.equal(skus.find(({ skuPartNumber }) => skuPartNumber === 'SHAREPOINTSTORAGE')?.appliesTo, 'Company');
    });

    it('subscriptions, with the day on which something happens to them', async () => {
      const all = await gateway.subscriptions();
      const e1 = all.find(({ skuId }) => skuId === SKU.STANDARDPACK);
      const seats = (await gateway.subscribedSkus()).find(({ skuId }) => skuId === SKU.STANDARDPACK)?.prepaidUnits
        .enabled;
      assert.deepEqual([e1?.status, e1?.isTrial, e1?.totalLicenses], ['Enabled', false, seats]);
      const days = (Date.parse(e1?.nextLifecycleAt ?? '') - Date.now()) / 86_400_000;
      assert.ok(days > 20 && days < 22, `in ${days} days`);
      assert.equal(all.find(({ skuId }) => skuId === SKU.FLOW_FREE)?.nextLifecycleAt, null);
    });

    it('who is in a restricted management unit', async () => {
      assert.equal((await gateway.userLicenses(PEOPLE.christie.id)).isManagementRestricted, true);
      assert.equal((await gateway.userLicenses(PEOPLE.adele.id)).isManagementRestricted, false);
    });

    it('a group', async () => {
      const sales = { id: GROUPS.sales.id, displayName: 'Sales', dynamic: false, synced: false };
      assert.deepEqual(await gateway.group(GROUPS.sales.id), sales);
    });

    it('everyone, page by page, each once', async () => {
      gateway = connect({ pageSize: 7 });
      const pages: (readonly UserLicenses[])[] = [];
      for await (const page of gateway.listUsers(null)) pages.push(page);
      assert.ok(pages.length > 7 && pages.every((page) => page.length <= 7));
      const ids = pages.flat().map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      assert.deepEqual(
        ids.sort(),
        tenant
          .users()
          .map(({ id }) => id)
          .sort(),
      );
    });

    it('those who hold a product, directly or through a group', async () => {
      const found: string[] = [];
      gateway = connect({ pageSize: 10 });
      for await (const page of gateway.listUsers(`assignedLicenses/any(l:l/skuId eq ${SKU.ENTERPRISEPACK})`)) {
        for (const user of page) {
          assert.ok(user.paths.some(({ skuId }) => skuId === SKU.ENTERPRISEPACK));
          found.push(user.id);
        }
      }
      const holders = tenant
        .users()
        .filter(({ licensePaths }) => licensePaths.some(({ skuId }) => skuId === SKU.ENTERPRISEPACK));
      assert.ok(holders.length > 20);
      assert.deepEqual(found.sort(), holders.map(({ id }) => id).sort());
    });

    it('fifty users in batches, in their order, whatever the order of the answers, and who is missing', async () => {
      const ids = tenant
        .users()
        .map(({ id }) => id)
        .slice(0, 49);
      const asked = [...ids.slice(0, 30), 'nobody@contoso.com', ...ids.slice(30)];
      tenant.addFault({ match: { ...READ, userId: ids[3] }, fault: { kind: 'throttle', retryAfterSeconds: 9 } });
      tenant.addFault({
        match: { ...READ, userId: ids[40] },
        fault: { kind: 'server-error', status: 503, body: 'html' },
      });
      const entries = await gateway.usersLicenses(asked);
      const outcome = entries.map((entry) => (isFailure(entry) ? entry.code : entry.id));
      const expected: string[] = [...asked];
      expected[3] = 'THROTTLED';
      expected[30] = 'USER_NOT_FOUND';
      expected[41] = 'TRANSIENT';
      assert.deepEqual(outcome, expected);
      const throttled = entries[3];
      assert.ok(throttled && isFailure(throttled) && throttled.retryAfterMs === 9_000);
    });
  });

  describe('writes', () => {
    const swap = {
      addLicenses: [{ skuId: SKU.SPE_E3, disabledPlans: [PLAN.SWAY] }],
      removeLicenses: [SKU.ENTERPRISEPACK],
    } satisfies LicenseChange;

    it('swap two products in one call', async () => {
      const { requestId } = await gateway.assignLicense(PEOPLE.adele.id, swap);
      const writes = tenant.effectiveWrites(PEOPLE.adele.id);
      assert.deepEqual(
        writes.map(({ method, requestId: id, body }) => [method, id, body]),
        [['POST', requestId, swap]],
      );
      assert.deepEqual(tenant.assignedLicenses(PEOPLE.adele.id), swap.addLicenses);
    });

    it('set a usage location and empty it again', async () => {
      await gateway.setUsageLocation(PEOPLE.nadia.id, 'BG');
      assert.equal(tenant.user(PEOPLE.nadia.id).usageLocation, 'BG');
      await gateway.setUsageLocation(PEOPLE.nadia.id, null);
      assert.equal(tenant.user(PEOPLE.nadia.id).usageLocation, null);
    });

    const REFUSALS: readonly (readonly [FailureCode, string, LicenseChange])[] = [
      ['USAGE_LOCATION', PEOPLE.nadia.id, add(SKU.ENTERPRISEPACK)],
      ['NOT_HELD', PEOPLE.adele.id, remove(SKU.EMS)],
      ['INHERITED_FROM_GROUP', PEOPLE.isaiah.id, remove(SKU.ENTERPRISEPACK)],
      ['UNKNOWN_SKU', PEOPLE.adele.id, add('99999999-9999-4999-8999-999999999999')],
      ['NO_SEATS', PEOPLE.adele.id, add(SKU.VISIOCLIENT)],
      ['PLAN_DEPENDENCY', PEOPLE.amani.id, add(SKU.MCOEV)],
      ['PLAN_CONFLICT', PEOPLE.noor.id, add(SKU.ENTERPRISEPACK)],
      ['SKU_NOT_ASSIGNABLE', PEOPLE.adele.id, add(SKU.SHAREPOINTSTORAGE)],
      ['UNKNOWN_PLAN', PEOPLE.adele.id, add(SKU.EMS, PLAN.SWAY)],
      ['PROXY_ADDRESS_CONFLICT', PEOPLE.ivan.id, add(SKU.EMS)],
      ['USER_NOT_FOUND', '99999999-9999-4999-8999-999999999999', add(SKU.EMS)],
      ['RESTRICTED_OBJECT', PEOPLE.christie.id, add(SKU.EMS)],
    ];
    for (const [code, user, change] of REFUSALS) {
      it(`tell ${code}`, async () => {
        const failure = await failureOf(gateway.assignLicense(user, change));
        assert.equal(failure.code, code, failure.message);
        assert.ok(failure.requestId);
        assert.equal(tenant.effectiveWrites().length, 0);
      });
    }

    for (const writeLock of ['409', '400'] as const) {
      it(`tell CONTENTION where the tenant takes one write at a time (${writeLock}), and the pacer hears it`, async () => {
        tenant.setOptions({ writeLock, writeMs: 200 });
        const pacer = new WritePacer({ inFlightAtStart: 4 });
        gateway = connect({ observe: pacer.observe });
        const [one, other] = await Promise.allSettled([
          gateway.assignLicense(PEOPLE.adele.id, swap),
          gateway.assignLicense(PEOPLE.alex.id, swap),
        ]);
        const [refused] = [one, other].filter((outcome) => outcome.status === 'rejected');
        assert.ok(refused?.reason instanceof GraphFailure);
        assert.equal(refused.reason.failure.code, 'CONTENTION');
        assert.equal([one, other].filter((outcome) => outcome.status === 'fulfilled').length, 1);
        assert.equal(pacer.snapshot().inFlightLimit, 2);
      });
    }

    it('tell THROTTLED with the time to wait, and the pacer pauses', async () => {
      const pacer = new WritePacer({ random: () => 0 });
      gateway = connect({ observe: pacer.observe });
      tenant.addFault({ match: WRITE, fault: { kind: 'throttle', retryAfterSeconds: 30 } });
      const failure = await failureOf(gateway.assignLicense(PEOPLE.adele.id, swap));
      assert.deepEqual([failure.code, failure.retryAfterMs], ['THROTTLED', 30_000]);
      assert.ok(pacer.pausedForMs() > 29_000);
    });

    it('tell FORBIDDEN where the application lacks the role', async () => {
      tenant.putApplication({ ...SEED_APPLICATION, roles: ['User.Read.All'] });
      assert.equal(await codeOf(gateway.assignLicense(PEOPLE.adele.id, swap)), 'FORBIDDEN');
      assert.deepEqual((await gateway.probe()).roles, ['User.Read.All']);
    });

    describe('whose answer is lost', () => {
      it('are of unknown outcome, and a read tells: it was made', async () => {
        tenant.addFault({ match: WRITE, fault: { kind: 'lost-response' } });
        assert.equal(await codeOf(gateway.assignLicense(PEOPLE.adele.id, swap)), 'OUTCOME_UNKNOWN');
        assert.equal(tenant.effectiveWrites(PEOPLE.adele.id).length, 1);
        const { paths } = await gateway.userLicenses(PEOPLE.adele.id);
        assert.deepEqual(
          paths.map(({ skuId }) => skuId),
          [SKU.SPE_E3],
        );
      });

      it('are of unknown outcome, and a read tells: it was not', async () => {
        tenant.addFault({ match: WRITE, fault: { kind: 'lost-request' } });
        assert.equal(await codeOf(gateway.assignLicense(PEOPLE.adele.id, swap)), 'OUTCOME_UNKNOWN');
        assert.equal(tenant.effectiveWrites(PEOPLE.adele.id).length, 0);
      });

      for (const status of [500, 502, 503, 504] as const) {
        for (const body of ['json', 'html', 'empty'] as const) {
          it(`in a ${status} (${body}) that came after the change, are not called failed`, async () => {
            tenant.addFault({ match: WRITE, fault: { kind: 'server-error', status, body, applied: true } });
            assert.equal(await codeOf(gateway.assignLicense(PEOPLE.adele.id, swap)), 'OUTCOME_UNKNOWN');
            assert.equal(tenant.effectiveWrites(PEOPLE.adele.id).length, 1);
          });
        }
      }

      it('by our timeout, are of unknown outcome', async () => {
        gateway = connect({ timeoutMs: 300 });
        await gateway.user(PEOPLE.adele.id);
        tenant.addFault({ match: WRITE, fault: { kind: 'delay', ms: 30_000, when: 'after-commit' } });
        assert.equal(await codeOf(gateway.assignLicense(PEOPLE.adele.id, swap)), 'OUTCOME_UNKNOWN');
        assert.equal(tenant.assignedLicenses(PEOPLE.adele.id)[0]?.skuId, SKU.SPE_E3);
      });

      it("by the caller's abort, end with its reason", async () => {
        await gateway.user(PEOPLE.adele.id);
        tenant.addFault({ match: WRITE, fault: { kind: 'delay', ms: 30_000, when: 'after-commit' } });
        const controller = new AbortController();
        const call = gateway.assignLicense(PEOPLE.adele.id, swap, { signal: controller.signal });
        const reason = new Error('cancelled');
        const rejected = assert.rejects(call, (error) => error === reason);
        while (tenant.assignedLicenses(PEOPLE.adele.id)[0]?.skuId !== SKU.SPE_E3) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        controller.abort(reason);
        await rejected;
      });
    });
  });

  describe('sign-in', () => {
    let folder: string;
    const environment = { ...process.env };

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tenant-'));
    });
    afterEach(async () => {
      process.env = { ...environment };
      await rm(folder, { recursive: true });
    });

    it('with a certificate that is registered, and not with another one', async () => {
      const { pem, der } = await certificate();
      const certificatePath = join(folder, 'app.pem');
      await writeFile(certificatePath, pem);
      const config = { kind: 'client-certificate', clientId: SEED_APPLICATION.appId, certificatePath } as const;
      const thumbprint = createHash('sha256').update(der).digest('hex');
      tenant.putApplication({ ...SEED_APPLICATION, assertions: [thumbprint] });
      assert.equal((await connect({}, config).user(PEOPLE.adele.id)).id, PEOPLE.adele.id);
      tenant.putApplication({ ...SEED_APPLICATION, assertions: ['0'.repeat(64)] });
      assert.equal(await codeOf(connect({}, config).user(PEOPLE.adele.id)), 'UNAUTHENTICATED');
    });

    it('with the token of a workload', async () => {
      const tokenFilePath = join(folder, 'token');
      const now = Math.floor(Date.now() / 1000);
      const sub = 'system:serviceaccount:apps:licenseflow';
      const claims = { iss: 'https://cluster.example', sub, nbf: now - 60, exp: now + 3600 };
      const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      await writeFile(tokenFilePath, `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`);
      const config = { kind: 'workload-identity', clientId: SEED_APPLICATION.appId, tokenFilePath } as const;
      tenant.putApplication({ ...SEED_APPLICATION, assertions: [sub] });
      assert.equal((await connect({}, config).user(PEOPLE.adele.id)).id, PEOPLE.adele.id);
    });

    it('with what the environment offers', async () => {
      process.env['AZURE_TENANT_ID'] = tenant.id;
      process.env['AZURE_CLIENT_ID'] = SEED_APPLICATION.appId;
      process.env['AZURE_CLIENT_SECRET'] = SEED_APPLICATION.secrets[0];
      process.env['AZURE_TOKEN_CREDENTIALS'] = 'EnvironmentCredential';
      const user = await connect({}, { kind: 'default' }).user(PEOPLE.adele.id);
      assert.equal(user.id, PEOPLE.adele.id);
    });

    it('with a wrong secret is refused in words that show neither secret nor token', async () => {
      const failure = await failureOf(connect({}, { ...SECRET, clientSecret: 'wr0ng~secret' }).user(PEOPLE.adele.id));
      assert.equal(failure.code, 'UNAUTHENTICATED');
      assert.match(failure.message, /AADSTS7000215/);
      assert.doesNotMatch(failure.message, /wr0ng|eyJ/);
    });

    for (const [error, code] of [
      ['invalid_client', 'UNAUTHENTICATED'],
      ['unauthorized_client', 'UNAUTHENTICATED'],
      ['temporarily_unavailable', 'TRANSIENT'],
      ['server_error', 'TRANSIENT'],
    ] as const) {
      it(`that ends in ${error} is ${code}, and no write is of unknown outcome`, async () => {
        tenant.addFault({ match: { path: '/*/oauth2/v2.0/token' }, fault: { kind: 'token-error', error } });
        assert.equal(await codeOf(gateway.assignLicense(PEOPLE.adele.id, add(SKU.EMS))), code);
      });
    }

    it('that Graph no longer takes is refused', async () => {
      tenant.setOptions({ tokenLifetimeSeconds: 600 });
      await gateway.user(PEOPLE.adele.id);
      tenant.addFault({ match: READ, fault: { kind: 'graph-error', error: 'E17' } });
      assert.equal(await codeOf(gateway.user(PEOPLE.adele.id)), 'UNAUTHENTICATED');
    });
  });

  it('probes the roles, the tenant and the clock', async () => {
    const probe = await gateway.probe();
    assert.deepEqual(probe.roles, SEED_APPLICATION.roles);
    assert.equal(probe.tenantId, tenant.id);
    assert.ok(probe.clockSkewMs !== null && Math.abs(probe.clockSkewMs) < 5_000);
  });
});

function add(skuId: string, ...disabledPlans: string[]): LicenseChange {
  return { addLicenses: [{ skuId, disabledPlans }], removeLicenses: [] };
}

function remove(skuId: string): LicenseChange {
  return { addLicenses: [], removeLicenses: [skuId] };
}

async function codeOf(call: Promise<unknown>): Promise<FailureCode> {
  return (await failureOf(call)).code;
}

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (error) {
    if (error instanceof GraphFailure) return error.failure;
    throw error;
  }
  throw new assert.AssertionError({ message: 'The call did not fail.' });
}
