import assert from 'node:assert/strict';
import { WorkflowFailedError } from '@temporalio/client';
import type { FailureCode } from '../../src/domain/failures.js';
import { meaningOf } from '../../src/domain/failures.js';
import type { LicenseRequest } from '../../src/contracts/license-request.js';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { explanation } from '../../src/contracts/request-story.js';
import type { FaultRuleInput } from '../../src/simulator/fault.js';
import { SEED_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { OptionsPatch } from '../../src/simulator/tenant-options.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import type { Hiring } from '../support/playground.js';
import { actor, Playground } from '../support/playground.js';
import { FAST_PACE } from '../support/pace.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

const E3 = { skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.SWAY] };

/** Office 365 E3 to E5, so that any moment between the two would show. */
const SWAP: Partial<LicenseRequest> = {
  add: [{ sku: 'ENTERPRISEPREMIUM', disabledPlans: [PLAN.SWAY] }],
  remove: ['ENTERPRISEPACK'],
  losing: ['ENTERPRISEPACK'],
};
const SWAPPED = { [SKU.ENTERPRISEPREMIUM]: [PLAN.SWAY] };

describe('a licence write', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open({ pace: { verify: { ...FAST_PACE.verify, deadlineMs: 400 } } });
    playground.askIn();
    for (const skuId of [SKU.ENTERPRISEPREMIUM, SKU.MCOEV]) playground.tenant.setSeats(skuId, { enabled: 500 });
  });
  after(() => playground.close());

  const wait = (requestId: string) => playground.licenseflow.requests.wait(requestId, 25_000);
  const asks = (person: UserRecord, wish = SWAP) => playground.submitted(playground.wishOf(person, wish));

  async function swapped(person: UserRecord, requestId: string): Promise<void> {
    const done = await wait(requestId);
    assert.equal(done.state, 'done', JSON.stringify(done.lastFailure));
    assert.equal(done.wrote, true);
    assert.deepEqual(playground.held(person.id), SWAPPED);
    assert.deepEqual(done.after, { [SKU.ENTERPRISEPACK]: null, ...SWAPPED });
    assert.equal(playground.effectiveWrites(person.id).length, 1);
    const gaps = playground.tenant.withoutService({ anyOf: [PLAN.EXCHANGE_S_ENTERPRISE] });
    assert.deepEqual(
      gaps.filter(({ userId }) => userId === person.id),
      [],
    );
    assert.deepEqual(done.needsAttention, []);
  }

  describe('ends done, made once, in spite of', () => {
    const faults: [what: string, fault: FaultRuleInput['fault']][] = [
      ['a lost response', { kind: 'lost-response' }],
      ['a lost request', { kind: 'lost-request' }],
      ['a 500 after it was made', { kind: 'server-error', status: 500, applied: true }],
      ['a 500 before it was made', { kind: 'server-error', status: 500 }],
      ['a 502 with a page of HTML', { kind: 'server-error', status: 502, body: 'html' }],
      [
        'a 503 with nothing in it, after it was made',
        { kind: 'server-error', status: 503, body: 'empty', applied: true },
      ],
      ['a 503 that names a time', { kind: 'server-error', status: 503, retryAfterSeconds: 1 }],
      [
        'a 504 with a page of HTML, after it was made',
        { kind: 'server-error', status: 504, body: 'html', applied: true },
      ],
      ['a 409 of a busy tenant', { kind: 'graph-error', error: 'E15' }],
      ['the same as a 400', { kind: 'graph-error', error: 'E15', status: 400 }],
      ['a 200 that changed nothing', { kind: 'applied-nothing' }],
      ['a 429 that names a time', { kind: 'throttle', retryAfterSeconds: 1 }],
      ['a 429 that names none', { kind: 'throttle' }],
    ];
    for (const [what, fault] of faults) {
      it(what, async () => {
        const person = playground.hire({ licenses: [E3] });
        playground.breakWrites(person.id, fault, 1);
        await swapped(person, await asks(person));
      });
    }

    const options: [what: string, options: OptionsPatch][] = [
      ['reads that are behind', { readLagMs: 200 }],
      ['seat counts that are behind', { consumedUnitsLagMs: 300 }],
      ['an answer without licences', { assignLicenseReturns: 'captured' }],
    ];
    for (const [what, patch] of options) {
      it(what, async () => {
        const person = playground.hire({ licenses: [E3] });
        await playground.knownTo(patch.readLagMs ?? 0, person.id);
        const usual = playground.tenant.options;
        playground.tenant.setOptions(patch);
        try {
          await swapped(person, await asks(person));
        } finally {
          playground.tenant.setOptions(usual);
        }
      });
    }

    for (const writeLock of ['409', '400'] as const) {
      it(`a tenant that takes one write at a time and answers ${writeLock}`, async () => {
        const people = Array.from({ length: 5 }, () => playground.hire({ licenses: [E3] }));
        // So long that the next one is there before it is over, also where seats and plans are slow to come.
        playground.tenant.setOptions({ writeLock, writeMs: 300 });
        try {
          await Promise.all(people.map(async (person) => swapped(person, await asks(person))));
        } finally {
          playground.tenant.setOptions({ writeLock: 'off', writeMs: 0 });
        }
        const calls = people.flatMap(({ id }) => playground.writes(id));
        assert.ok(
          calls.some(({ status }) => status === Number(writeLock)),
          'no two writes met',
        );
      });
    }

    it('a worker that ends while it writes, and another one that goes on', async () => {
      const person = playground.hire({ licenses: [E3] });
      playground.breakWrites(person.id, { kind: 'delay', ms: 1_500 }, 1);
      const requestId = await asks(person);
      await playground.untilState(requestId, 'writing');
      await playground.stopWorkers();
      await playground.startWorkers();
      await swapped(person, requestId);
    });

    it('a worker that never answers: the server gives the write to the next attempt', async () => {
      const silent = await Playground.open({
        pace: { write: { ...FAST_PACE.write, startToCloseMs: 250 } },
      });
      try {
        silent.askIn();
        const person = silent.hire();
        silent.breakWrites(person.id, { kind: 'delay', ms: 1_000, when: 'after-commit' }, 1);
        const requestId = await silent.submitted(silent.wishOf(person));
        const done = await silent.licenseflow.requests.wait(requestId, 20_000);
        assert.equal(done.state, 'done');
        assert.equal(done.wrote, true);
        await until(
          'the slow call to end',
          () => silent.writes(person.id).length,
          (ended) => ended > 0,
        );
        assert.equal(silent.effectiveWrites(person.id).length, 1);
        assert.equal(silent.writes(person.id).length, 1);
      } finally {
        await silent.close();
      }
    });

    it('a lost response whose outcome cannot be read for a while, and still counts as its own', async () => {
      const person = playground.hire({ licenses: [E3] });
      playground.breakWrites(person.id, { kind: 'lost-response' }, 1);
      const request = playground.request(playground.wishOf(person, SWAP));
      // Two reads pass before the write (check, snapshot) and one within it; then the directory is out of reach for all
      // attempts of that activity.
      playground.tenant.addFault({
        match: { method: 'GET', path: '/users/*', userId: person.id },
        after: 4,
        times: 2,
        fault: { kind: 'server-error', status: 503 },
      });
      await playground.licenseflow.requests.submit(request, actor(person.id));
      await swapped(person, request.requestId);
    });
  });

  describe('ends failed, with nothing changed, a code and a remedy, after', () => {
    const licenses = [E3];
    const add = (sku: string) => ({ add: [{ sku, disabledPlans: [] }], remove: [] });
    const refusals: [code: FailureCode, says: RegExp, who: Hiring, wish: Partial<LicenseRequest>][] = [
      ['PLAN_CONFLICT', /mutually exclusive/, { licenses }, add('SPB')],
      ['USAGE_LOCATION', /invalid usage location/, { licenses, usageLocation: 'CN' }, add('MCOEV')],
      ['RESTRICTED_OBJECT', /Insufficient privileges/, { licenses, restrictedManagement: true }, SWAP],
      ['PROXY_ADDRESS_CONFLICT', /proxyAddresses/, { mail: 'reception@contoso.com' }, add('FLOW_FREE')],
    ];
    for (const [code, says, who, wish] of refusals) {
      it(code, async () => refused(await asks(playground.hire(who), wish), code, says));
    }

    it('PLAN_DEPENDENCY, where nothing of the product would be left without the plan that Graph named', async () => {
      const requestId = await asks(playground.hire(), add('MCOEV'));
      const failed = await refused(requestId, 'PLAN_DEPENDENCY', new RegExp(`${PLAN.MCOEV} depends on`), []);
      assert.match(failed.problems[0]?.message ?? '', /MCOEV would have no service left: MCOEV needs .*TEAMS1/);
    });

    const errors: [code: FailureCode, error: 'E3' | 'E4' | 'E8' | 'E9' | 'E10' | 'E12', says: RegExp][] = [
      ['INHERITED_FROM_GROUP', 'E3', /inherited from a group/],
      ['UNKNOWN_SKU', 'E4', /valid company License/],
      ['SKU_NOT_ASSIGNABLE', 'E8', /cannot be assigned to a user/],
      ['UNKNOWN_PLAN', 'E9', /does not belong to/],
      ['UNCLASSIFIED', 'E10', /^Request_BadRequest: One or more parameters of the operation 'assignLicense'/],
      ['USER_NOT_FOUND', 'E12', /does not exist/],
    ];
    for (const [code, error, says] of errors) {
      it(`${code} (${error})`, async () => {
        const person = playground.hire({ licenses });
        playground.breakWrites(person.id, { kind: 'graph-error', error });
        await refused(await asks(person), code, says);
      });
    }

    it('DRIFT: someone else changed the product after the snapshot, and that is left as it is', async () => {
      const person = playground.hire({ licenses });
      const requestId = await afterSnapshot(person, () => {
        playground.tenant.changeLicenses(person.id, { addLicenses: [{ ...E3, disabledPlans: [PLAN.TEAMS1] }] });
      });
      const failed = await wait(requestId);
      assert.equal(failed.state, 'failed');
      assert.equal(failed.lastFailure?.code, 'DRIFT');
      assert.ok(failed.needsAttention.length > 0);
      assert.deepEqual(playground.held(person.id), { [SKU.ENTERPRISEPACK]: [PLAN.TEAMS1] });
      assert.deepEqual(playground.writes(person.id), []);
    });

    it('a refusal, while someone else made a part of the change: that part stays', async () => {
      const person = playground.hire({ licenses });
      playground.breakWrites(person.id, { kind: 'graph-error', error: 'E11' }, 1);
      const theirs = { skuId: SKU.ENTERPRISEPREMIUM, disabledPlans: [PLAN.SWAY] };
      const requestId = await afterSnapshot(person, () => {
        playground.tenant.changeLicenses(person.id, { addLicenses: [theirs] });
      });
      await refused(requestId, 'PROXY_ADDRESS_CONFLICT', /./);
      assert.deepEqual(
        playground.writes(person.id).map(({ body }) => body),
        [{ addLicenses: [], removeLicenses: [SKU.ENTERPRISEPACK] }],
      );
      assert.deepEqual(playground.held(person.id), { [SKU.ENTERPRISEPACK]: [PLAN.SWAY], ...SWAPPED });
    });

    it('OUTCOME_UNKNOWN: Graph says 200 for ever and changes nothing', async () => {
      const person = playground.hire({ licenses });
      playground.breakWrites(person.id, { kind: 'applied-nothing' });
      const requestId = await asks(person);
      const failed = await refused(
        requestId,
        'OUTCOME_UNKNOWN',
        /accepted the change 3 times and no read ever showed it/,
      );
      assert.match(failed.needsAttention.join(), /OUTCOME_UNKNOWN/);
      assert.equal(playground.writes(person.id).length, FAST_PACE.write.rounds);
    });

    async function refused(requestId: string, code: FailureCode, says: RegExp, undone = ['nothing-to-undo']) {
      const failed = await wait(requestId);
      assert.equal(failed.state, 'failed');
      assert.equal(failed.lastFailure?.code, code);
      assert.match(failed.lastFailure.message, says);
      assert.ok(explanation(failed).join('\n').includes(meaningOf(code).remedy), 'no remedy is shown');
      const { client } = await testTemporal();
      // Logs and lists of failures show this message, so it names nobody.
      await assert.rejects(
        client.workflow.getHandle(licenseRequestWorkflowId(requestId)).result(),
        (error) => error instanceof WorkflowFailedError && error.cause?.message === code,
      );
      const { id } = playground.tenant.user(failed.request.subject);
      assert.deepEqual(playground.effectiveWrites(id), []);
      assert.deepEqual(
        failed.undone.map(({ outcome }) => outcome),
        undone,
      );
      return failed;
    }

    /** The snapshot is read, its answer takes its time, and meanwhile something happens. */
    async function afterSnapshot(person: UserRecord, happen: () => void): Promise<string> {
      const request = playground.request(playground.wishOf(person, SWAP));
      const fault = playground.tenant.addFault({
        match: { method: 'GET', path: '/users/*', userId: person.id },
        // The check reads the requester and the person licensed first.
        after: 2,
        times: 1,
        fault: { kind: 'delay', ms: 1_500 },
      });
      await playground.licenseflow.requests.submit(request, actor(person.id));
      await until(
        'the snapshot to be read',
        () => playground.tenant.listFaults().find(({ id }) => id === fault)?.happened,
        (happened) => happened === 1,
      );
      happen();
      return request.requestId;
    }
  });

  describe('waits for an administrator, visibly,', () => {
    it('while Graph refuses the token, and goes on by itself once that is repaired', async () => {
      const person = playground.hire({ licenses: [E3] });
      const fault = playground.breakWrites(person.id, { kind: 'graph-error', error: 'E17' });
      const requestId = await asks(person);
      const shown = await until(
        'the failure to be shown',
        () => playground.licenseflow.requests.view(requestId),
        ({ lastFailure }) => lastFailure !== null,
      );
      assert.equal(shown.state, 'writing');
      assert.equal(shown.lastFailure?.code, 'UNAUTHENTICATED');
      assert.match(shown.needsAttention.join(), /^UNAUTHENTICATED: Check tenant id, client id/);
      assert.match(shown.waitsFor?.what ?? '', /could not sign in/);
      assert.ok(shown.waitsFor?.nextAt, 'it says when it is tried again');
      playground.tenant.clearFaults(fault);
      await swapped(person, requestId);
    });

    it('while the application may no longer write, and can be withdrawn meanwhile', async () => {
      // So short that the sign-in library keeps none: every call has the roles of its moment.
      const readOnly = await Playground.open({ tenant: { options: { tokenLifetimeSeconds: 60 } } });
      try {
        const person = readOnly.hire();
        const requestId = await readOnly.submitted(readOnly.wishOf(person));
        const roles = ['User.Read.All', 'GroupMember.Read.All', 'Organization.Read.All'];
        readOnly.tenant.putApplication({ ...SEED_APPLICATION, roles });
        await readOnly.approve(requestId);
        const shown = await until(
          'the failure to be shown',
          () => readOnly.licenseflow.requests.view(requestId),
          ({ needsAttention }) => needsAttention.length > 0,
        );
        assert.match(shown.needsAttention.join(), /^FORBIDDEN: Grant LicenseAssignment.ReadWrite.All/);
        await readOnly.licenseflow.requests.withdraw(requestId, actor(person.id), 'no permission to come');
        const ended = await readOnly.licenseflow.requests.wait(requestId, 20_000);
        assert.equal(ended.state, 'withdrawn');
        assert.deepEqual(ended.needsAttention, []);
        assert.deepEqual(readOnly.effectiveWrites(), []);
      } finally {
        await readOnly.close();
      }
    });
  });
});
