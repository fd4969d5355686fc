/**
 * Approvals of many requests at once, with everything that can happen to them in any order: decisions, delegations,
 * accounts that come and go, withdrawals, short deadlines, escalations. Whatever comes, each request ends in one
 * way that its own record justifies, and nobody ever decides about themselves.
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { RequestView } from '../../src/contracts/license-request.js';
import type { Decision, StageProgress, Verdict } from '../../src/domain/approval.js';
import type { PolicyStage } from '../../src/domain/policy.js';
import { LicenseflowError } from '../../src/client/index.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { actor, Playground } from '../support/playground.js';
import { stageOf } from '../support/policy.js';
import { inParallel } from './in-parallel.js';
import { testSeed } from './seed.js';

const CASES = 10;
const AT_ONCE = 5;
/** Indexes of people: 0 asks, 1 is licensed (or asks as well), the others are asked. */
const PEOPLE_COUNT = 7;

const somebody = fc.nat({ max: PEOPLE_COUNT - 1 });
const act = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      ...{ act: fc.constant('decide' as const), who: somebody },
      verdict: fc.constantFrom<Verdict>('approve', 'approve', 'approve', 'approve', 'deny'),
      stage: fc.constantFrom(null, null, 0, 1),
      stale: fc.constantFrom(false, false, false, false, true),
    }),
  },
  { weight: 8, arbitrary: fc.record({ act: fc.constant('delegate' as const), who: somebody, to: somebody }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant('account' as const), who: somebody, enabled: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('withdraw' as const), who: somebody }) },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

const requirement = fc.record({
  users: fc.uniqueArray(somebody, { minLength: 1, maxLength: 4 }),
  quorum: fc.integer({ min: 1, max: 2 }),
});
const stage = fc.record({
  requirements: fc.array(requirement, { minLength: 1, maxLength: 2 }),
  deadlineMs: fc.constantFrom(1_500, 60_000, 60_000),
  escalatesTo: fc.option(fc.uniqueArray(somebody, { minLength: 1, maxLength: 2 })),
});
const randomCase = fc.record({
  forOneself: fc.boolean(),
  stages: fc.array(stage, { minLength: 1, maxLength: 2 }),
  // Each round happens at once.
  rounds: fc.array(fc.array(act, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 5 }),
});
type RandomCase = typeof randomCase extends fc.Arbitrary<infer T> ? T : never;

describe('approvals in any order of everything', () => {
  it('end in one way that their own record justifies, and never by who asks or is licensed', async function () {
    this.timeout(600_000);
    const seed = testSeed('test/integration/random-approvals.test.ts');
    const playground = await Playground.open({ pace: { approvers: { lookAgainMs: 1_000 } } });
    try {
      const cases = fc.sample(randomCase, { seed, numRuns: CASES });
      const submitting = inTurn();
      const ended = await inParallel(cases, AT_ONCE, (given) => play(playground, given, submitting));
      const ends = [...ended.values()];
      console.log(`      ${ends.sort().join(' ')}`);
      // A property that only ever sees refusals would prove nothing.
      assert.ok(ends.includes('done') && new Set(ends).size >= 3, 'hardly anything happened');
    } finally {
      await playground.close();
    }
  });
});

type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs work one after the other, in the order in which it comes. */
function inTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine;
    return mine;
  };
}

async function play(playground: Playground, given: RandomCase, submitting: InTurn): Promise<string> {
  const people = Array.from({ length: PEOPLE_COUNT }, () => playground.hire());
  const at = (index: number): UserRecord => people[index] ?? assert.fail();
  const requester = at(0);
  const subject = given.forOneself ? requester : at(1);
  const request = playground.request(playground.wishOf(subject, { requester: requester.id }));
  // One policy is in force at a time.
  const answer = await submitting(() => {
    playground.askIn(...given.stages.map((each, i) => ruleOf(`stage ${String(i)}`, each, at)));
    return playground.licenseflow.requests.submit(request, actor(requester.id));
  });
  if (answer.outcome !== 'accepted') return 'refused';
  const { requestId } = request;
  const digest = (await playground.licenseflow.requests.view(requestId)).plan?.digest ?? '';
  const submitted = { requestId, digest };
  for (const round of given.rounds) await Promise.all(round.map((each) => attempt(playground, submitted, each, at)));
  // Where it still can, it comes to an end by everybody's approval.
  for (const who of [...people.keys(), ...people.keys()])
    await attempt(playground, submitted, { act: 'decide', who, verdict: 'approve', stage: null, stale: false }, at);
  const view = await settled(playground, requestId, requester.id);
  if (view.state === 'failed') assertImpossible(playground, subject.id, view);
  else assertJustified(view, [requester.id, subject.id]);
  assertWritten(playground, subject.id, view);
  return view.state;
}

/** Done: written once. Otherwise the person holds what they held before, which is nothing, and a write was taken back. */
function assertWritten(playground: Playground, subject: string, { state, undone, requestId }: RequestView): void {
  const isDone = state === 'done';
  const wasTakenBack = undone.some(({ outcome }) => outcome === 'undone');
  const message = `${requestId} is ${state}`;
  assert.deepEqual(playground.held(subject), isDone ? { [SKU.FLOW_FREE]: [] } : {}, message);
  assert.equal(playground.effectiveWrites(subject).length, isDone ? 1 : wasTakenBack ? 2 : 0, message);
}

function ruleOf(name: string, given: RandomCase['stages'][number], at: (i: number) => UserRecord): PolicyStage {
  const users = (indexes: readonly number[]) => [{ users: indexes.map((index) => at(index).id) }];
  return {
    ...stageOf(name, [], { deadlineMs: given.deadlineMs, remindEveryMs: 200 }),
    requirements: given.requirements.map((each) => ({ anyOf: users(each.users), quorum: each.quorum })),
    escalation: given.escalatesTo === null ? null : { afterMs: 400, to: users(given.escalatesTo) },
  };
}

interface Submitted {
  readonly requestId: string;
  readonly digest: string;
}

/** Commands may be refused; nothing else may go wrong. */
async function attempt(playground: Playground, submitted: Submitted, given: Act, at: (i: number) => UserRecord) {
  const { requestId } = submitted;
  const { requests } = playground.licenseflow;
  const { id } = at(given.who);
  try {
    if (given.act === 'account') playground.tenant.updateUser(id, { accountEnabled: given.enabled });
    else if (given.act === 'withdraw') await requests.withdraw(requestId, actor(id), 'no more');
    else if (given.act === 'delegate')
      await requests.delegate(requestId, { actor: actor(id), to: at(given.to).id, stage: null, reason: 'leave' });
    else {
      const digest = given.stale ? 'f'.repeat(64) : submitted.digest;
      await requests.decide(requestId, { actor: actor(id), verdict: given.verdict, digest, stage: given.stage });
    }
  } catch (error) {
    if (!isAnswer(error)) throw error;
  }
}

/** A refusal; or no answer, because a question that meets the end of the workflow is dropped with its last task. */
function isAnswer(error: unknown): boolean {
  return error instanceof LicenseflowError && ['refused', 'conflict', 'unanswered'].includes(error.kind);
}

/** Whatever still waits is withdrawn in the end. */
async function settled(playground: Playground, requestId: string, requester: string): Promise<RequestView> {
  const { requests } = playground.licenseflow;
  await requests.withdraw(requestId, actor(requester), 'the end of the test').catch((error: unknown) => {
    if (!isAnswer(error)) throw error;
  });
  return requests.wait(requestId, 30_000);
}

/** Nobody may be given a licence whose account was disabled meanwhile. */
function assertImpossible(playground: Playground, subject: string, { requestId, problems }: RequestView): void {
  assert.equal(playground.tenant.user(subject).accountEnabled, false, requestId);
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['ACCOUNT_DISABLED'],
    requestId,
  );
}

function assertJustified({ state, stages, withdrawal, requestId }: RequestView, selves: readonly string[]): void {
  const decisions = stages.flatMap((each) => each.decisions);
  const message = `${requestId} is ${state}: ${JSON.stringify(decisions.map(({ by, verdict }) => [by.id, verdict]))}`;
  const denied = decisions.filter(({ verdict }) => verdict === 'deny').length;
  const complete = stages.every(isComplete);
  assert.ok(['done', 'denied', 'expired', 'withdrawn'].includes(state), message);
  assert.equal(denied, state === 'denied' ? 1 : 0, message);
  if (state === 'done') assert.ok(complete, message);
  if (state === 'expired') assert.ok(!complete, message);
  if (state === 'withdrawn') assert.ok(withdrawal !== null, message);
  for (const each of stages) {
    const voters = each.decisions.map(({ by }) => by.id);
    assert.equal(new Set(voters).size, voters.length, message);
    for (const self of selves) {
      assert.ok(!voters.includes(self), message);
      assert.ok(!each.delegations.some(({ to }) => to.id === self), message);
    }
  }
}

function isComplete({ rule, decisions }: StageProgress): boolean {
  const approves = ({ verdict }: Decision) => verdict === 'approve';
  return rule.requirements.every(
    ({ quorum }, i) => decisions.filter((each) => approves(each) && each.meets.includes(i)).length >= quorum,
  );
}
