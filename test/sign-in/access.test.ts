import assert from 'node:assert/strict';
import type { StageProgress } from '../../src/domain/approval.js';
import type { Person } from '../../src/domain/person.js';
import type { Permission } from '../../src/sign-in/access.js';
import * as access from '../../src/sign-in/access.js';
import type { Role, SignedIn } from '../../src/sign-in/identity.js';
import { stageOf } from '../support/policy.js';

const person = (id: string): Person => ({ id, userPrincipalName: `${id}@contoso.com`, displayName: id });
const as = (id: string, ...roles: Role[]): SignedIn => ({ ...person(id), roles });

function stage(asked: readonly string[], more: Partial<StageProgress> = {}): StageProgress {
  return {
    rule: stageOf('manager', [{ users: asked }]),
    asked: [asked.map(person)],
    decisions: [],
    delegations: [],
    escalation: null,
    times: { remindsAt: null, escalatesAt: null, expiresAt: '2026-01-01T00:00:00.000Z' },
    ...more,
  };
}

function request(stages: readonly StageProgress[] = [stage(['manager'])]) {
  return {
    request: {
      requestId: 'r',
      requester: 'asker',
      subject: 'holder',
      add: [],
      remove: [],
      justification: 'because',
    },
    requester: person('asker'),
    subject: person('holder'),
    submittedBy: { ref: 'asker', assurance: 'signed-in' as const },
    stages,
    stage: 0,
    extensionQuestion: null,
    withdrawal: null,
  };
}

describe('Permissions', () => {
  const table: Readonly<Record<Permission, readonly Role[]>> = {
    look: ['requester', 'approver', 'operator', 'auditor'],
    request: ['requester', 'operator'],
    decide: ['approver', 'operator'],
    readAll: ['operator', 'auditor'],
    operate: ['operator'],
  };
  for (const [permission, roles] of Object.entries(table))
    for (const role of ['requester', 'approver', 'operator', 'auditor'] as const)
      it(`${role} ${roles.includes(role) ? 'may' : 'may not'} ${permission}`, () =>
        assert.equal(access.may(as('x', role), permission as Permission), roles.includes(role)));

  it('are none without a role', () => assert.equal(access.may(as('x'), 'look'), false));
});

describe('A request', () => {
  const sees = (who: SignedIn, view = request()) => access.maySeeRequest(view, who);

  it('is seen by those whom it is about, who were asked, or who read everything', () => {
    assert.ok(sees(as('asker', 'requester')));
    assert.ok(sees(as('holder', 'requester')));
    assert.ok(sees(as('manager', 'approver')));
    assert.ok(sees(as('x', 'operator')));
    assert.ok(sees(as('x', 'auditor')));
  });

  it('is not seen by others, nor without the role for it', () => {
    assert.ok(!sees(as('x', 'requester', 'approver')));
    assert.ok(!sees(as('manager', 'requester')));
    assert.ok(!sees(as('asker', 'approver')));
    assert.ok(!sees(as('asker')));
  });

  it('is not seen by who is asked in a later stage, until that stage asks', () => {
    const later = request([stage(['manager']), stage(['desk'], { times: null })]);
    assert.ok(!sees(as('desk', 'approver'), later));
    assert.ok(sees(as('desk', 'approver'), request([stage(['manager']), stage(['desk'])])));
  });

  it('is compared by object id: a name in a token may be somebody else’s choice', () => {
    const imposter = { ...as('x', 'requester'), userPrincipalName: 'asker@contoso.com' };
    const view = { ...request(), request: { ...request().request, requester: 'asker@contoso.com' } };
    assert.ok(!sees(imposter, view));
  });

  it('is decided by who is asked now, and by nobody who only reads', () => {
    assert.ok(access.mayDecide(request(), as('manager', 'approver')));
    assert.ok(!access.mayDecide(request(), as('manager', 'requester')));
    assert.ok(!access.mayDecide(request(), as('x', 'operator')));
    assert.ok(!access.mayDecide(request(), as('asker', 'requester', 'approver')));
  });

  it('is ended by its own people and by operators', () => {
    assert.ok(access.mayWithdraw(request(), as('asker', 'requester')));
    assert.ok(access.mayWithdraw(request(), as('x', 'operator')));
    assert.ok(!access.mayWithdraw(request(), as('manager', 'approver')));
    assert.ok(!access.mayWithdraw(request(), as('x', 'auditor')));
  });

  it('is taken back by operators alone', () => {
    assert.ok(access.mayRollBack(as('x', 'operator')));
    assert.ok(!access.mayRollBack(as('asker', 'requester', 'approver', 'auditor')));
  });
});

describe('A list', () => {
  it('is about oneself for whoever does not read everything', () => {
    assert.ok(access.mayList({ requesterId: 'x' }, as('x', 'requester')));
    assert.ok(access.mayList({ approverId: 'x' }, as('x', 'approver')));
    assert.ok(!access.mayList({ approverId: 'x' }, as('x', 'requester')));
    assert.ok(!access.mayList({ requesterId: 'y' }, as('x', 'requester')));
    assert.ok(!access.mayList({}, as('x', 'requester', 'approver')));
    assert.ok(access.mayList({}, as('x', 'auditor')));
  });
});
