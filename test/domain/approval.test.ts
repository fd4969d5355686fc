import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Approval, DecisionCommand, Verdict } from '../../src/domain/approval.js';
import {
  approvalsMissing,
  checkDecision,
  currentStage,
  delegate,
  openApproval,
  openedAgain,
  record,
  ruleInForce,
  stillAsked,
  verdictOf,
} from '../../src/domain/approval.js';
import { stageOf } from '../support/policy.js';
import type { Person } from '../../src/domain/person.js';

const person = (name: string): Person => ({
  id: `id-${name}`,
  userPrincipalName: `${name}@contoso.com`,
  displayName: name,
});
const [adele, alex, megan, lee, nestor] = ['adele', 'alex', 'megan', 'lee', 'nestor'].map(person) as [
  Person,
  Person,
  Person,
  Person,
  Person,
];
const DIGEST = 'd'.repeat(64);

function approval(
  stages: readonly { quorum: number; approvers: readonly Person[] }[],
  extra: Partial<Approval> = {},
): Approval {
  return openApproval({
    requester: adele,
    subject: alex,
    digest: DIGEST,
    assertedDecisions: 'allow',
    stages: stages.map(({ quorum, approvers }, i) => ({
      rule: stageOf(`stage ${String(i)}`, [], { quorum }),
      asked: [approvers],
    })),
    ...extra,
  });
}

function command(who: Person, verdict: Verdict, more: Partial<DecisionCommand> = {}): DecisionCommand {
  return { actor: { ref: who.id, assurance: 'asserted' }, verdict, digest: DIGEST, stage: null, ...more };
}

/** Sends a command as the workflow does: checked, and recorded if it is new. */
function after(state: Approval, cmd: DecisionCommand): Approval {
  const check = checkDecision(state, cmd);
  if (!check.allowed || 'repeated' in check) return state;
  return record(state, { by: check.by, assurance: cmd.actor.assurance, verdict: cmd.verdict, reason: null, at: 'now' });
}

function refusal(state: Approval, cmd: DecisionCommand): string {
  const check = checkDecision(state, cmd);
  return check.allowed ? 'allowed' : check.refusal;
}

describe('approval', () => {
  const one = approval([{ quorum: 1, approvers: [megan, lee] }]);

  const cases: [string, Approval, DecisionCommand, string][] = [
    ['an approver', one, command(megan, 'approve'), 'allowed'],
    [
      'an approver by user principal name in capitals',
      one,
      command({ ...megan, id: 'MEGAN@CONTOSO.COM' }, 'approve'),
      'allowed',
    ],
    ['the requester', one, command(adele, 'approve'), 'SELF_APPROVAL'],
    ['the person licensed', one, command(alex, 'approve'), 'SELF_APPROVAL'],
    [
      'the requester, even if the stage lists them',
      approval([{ quorum: 1, approvers: [adele] }]),
      command(adele, 'approve'),
      'SELF_APPROVAL',
    ],
    ['the requester by name', one, command({ ...adele, id: ' Adele@contoso.com ' }, 'deny'), 'SELF_APPROVAL'],
    ['a stranger', one, command(nestor, 'approve'), 'NOT_ELIGIBLE'],
    ['an approval of another plan', one, command(megan, 'approve', { digest: 'e'.repeat(64) }), 'PLAN_CHANGED'],
    [
      'an asserted name where only signed-in ones count',
      { ...one, assertedDecisions: 'refuse' },
      command(megan, 'approve'),
      'ASSERTED_REFUSED',
    ],
    ['a decision after the end', after(one, command(megan, 'approve')), command(lee, 'approve'), 'NOT_WAITING'],
    [
      'the same decision again',
      after(approval([{ quorum: 2, approvers: [megan, lee] }]), command(megan, 'approve')),
      command(megan, 'approve'),
      'allowed',
    ],
    [
      'another decision of the same person',
      after(approval([{ quorum: 2, approvers: [megan, lee] }]), command(megan, 'approve')),
      command(megan, 'deny'),
      'ALREADY_DECIDED',
    ],
    [
      'the same decision after its stage is over',
      after(
        approval([
          { quorum: 1, approvers: [megan] },
          { quorum: 1, approvers: [lee] },
        ]),
        command(megan, 'approve'),
      ),
      command(megan, 'approve'),
      'allowed',
    ],
    [
      'a denial after one approved a former stage',
      after(
        approval([
          { quorum: 1, approvers: [megan] },
          { quorum: 1, approvers: [lee] },
        ]),
        command(megan, 'approve'),
      ),
      command(megan, 'deny'),
      'NOT_ELIGIBLE',
    ],
  ];
  for (const [what, state, cmd, expected] of cases)
    it(`answers ${what} with ${expected}`, () => assert.equal(refusal(state, cmd), expected));

  it('goes stage by stage and lets one person decide in two stages', () => {
    let state = approval([
      { quorum: 2, approvers: [megan, lee] },
      { quorum: 1, approvers: [megan] },
    ]);
    state = after(state, command(megan, 'approve'));
    assert.deepEqual(approvalsMissing(state), [1]);
    assert.deepEqual(stillAsked(state), [lee]);
    state = after(state, command(lee, 'approve'));
    assert.equal(currentStage(state)?.rule.name, 'stage 1');
    state = after(state, command(megan, 'approve'));
    assert.equal(verdictOf(state), 'approved');
  });

  it('is approved from the start where the policy asks nobody', () => {
    assert.equal(verdictOf(approval([])), 'approved');
  });

  describe('says who may decide', () => {
    const two = approval([
      { quorum: 1, approvers: [megan] },
      { quorum: 1, approvers: [lee, nestor] },
    ]);
    const refusals: [what: string, state: Approval, cmd: DecisionCommand, message: RegExp][] = [
      ['to a stranger', two, command(nestor, 'approve'), /^id-nestor is not among.*"stage 0" it waits for megan/],
      ['to who asks', two, command(adele, 'approve'), /own request\. In stage "stage 0" it waits for megan/],
      ['about another plan', two, command(megan, 'deny', { digest: 'e'.repeat(64) }), /it waits for megan/],
      [
        'about a stage that is over',
        after(two, command(megan, 'approve')),
        command(lee, 'approve', { stage: 0 }),
        /^The stage you looked at waits for no decision now\. In stage "stage 1" it waits for lee .* or nestor/,
      ],
      [
        'where nobody can',
        approval([{ quorum: 1, approvers: [] }]),
        command(lee, 'approve'),
        /Nobody can decide in stage "stage 0" now; an operator should look/,
      ],
    ];
    for (const [what, state, cmd, message] of refusals)
      it(what, () => {
        const check = checkDecision(state, cmd);
        assert.ok(!check.allowed);
        assert.match(check.message, message);
      });
  });

  it('keeps who decides for whom when another plan is asked, and no decision', () => {
    let state = approval([{ quorum: 2, approvers: [megan, lee] }]);
    state = delegate(state, { from: lee, to: nestor, assurance: 'asserted', reason: 'leave', at: 'now' });
    state = after(state, command(megan, 'approve'));
    const again = openedAgain(state, 'f'.repeat(64));
    assert.deepEqual(stillAsked(again), [megan, nestor]);
    assert.equal(refusal(again, command(megan, 'approve')), 'PLAN_CHANGED');
    assert.deepEqual(again.stages[0]?.decisions, []);
  });

  it('asks for the escalation in every requirement once it is escalated', () => {
    const others = [{ users: ['x@contoso.com'] }];
    const rule = stageOf('desk', [{ users: ['a@contoso.com'] }], { escalation: { afterMs: 1, to: others } });
    assert.deepEqual(ruleInForce({ rule, escalation: null }), rule);
    assert.deepEqual(ruleInForce({ rule, escalation: { at: 'now', because: 'late' } }).requirements, [
      { anyOf: [{ users: ['a@contoso.com'] }, ...others], quorum: 1 },
    ]);
  });

  it('has one outcome for any order and repetition of decisions', () => {
    const people = [adele, alex, megan, lee, nestor];
    const decision = fc.record({
      who: fc.constantFrom(...people),
      verdict: fc.constantFrom<Verdict>('approve', 'deny'),
    });
    fc.assert(
      fc.property(fc.array(decision, { maxLength: 12 }), fc.integer({ min: 1, max: 2 }), (decisions, quorum) => {
        let state = approval([{ quorum, approvers: [megan, lee] }]);
        const first = new Map<string, Verdict>();
        let expected: string = 'waiting';
        for (const { who, verdict } of decisions) {
          state = after(state, command(who, verdict));
          if (expected === 'waiting' && (who === megan || who === lee) && !first.has(who.id)) {
            first.set(who.id, verdict);
            const approved = [...first.values()].filter((v) => v === 'approve').length;
            if (verdict === 'deny') expected = 'denied';
            else if (approved >= quorum) expected = 'approved';
          }
        }
        assert.equal(verdictOf(state), expected);
        for (const { by } of state.stages.flatMap(({ decisions }) => decisions))
          assert.ok(by.id !== adele.id && by.id !== alex.id);
      }),
    );
  });
});
