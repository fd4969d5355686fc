/**
 * The approval machine against a model of it that is as simple as can be: whatever order decisions, delegations, time and
 * the directory come in, both say the same, and nobody ever decides about themselves. fast-check prints the seed and the
 * path of a failure; give them to `fc.assert` as `{ seed, path }` to see it again.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Approval, DecisionCommand, DelegationCommand, Verdict } from '../../src/domain/approval.js';
import {
  approversOf,
  checkDecision,
  checkDelegation,
  delegate,
  delegatesOf,
  escalate,
  expire,
  openApproval,
  record,
  requirementsOpen,
  shortfallOf,
  stillAsked,
  verdictOf,
  withApprovers,
  withoutDelegates,
} from '../../src/domain/approval.js';
import type { Person } from '../../src/domain/person.js';
import { stageOf } from '../support/policy.js';

const DIGEST = 'd'.repeat(64);
const REQUESTER = 'requester';
const SUBJECT = 'subject';
const OTHERS = ['ann', 'bob', 'cy', 'dee', 'eve'];
const EVERYBODY = [REQUESTER, SUBJECT, ...OTHERS];

const person = (id: string): Person => ({ id, userPrincipalName: `${id}@contoso.com`, displayName: id });
const signedIn = (ref: string) => ({ ref, assurance: 'signed-in' as const });

/** A stage as somebody would write it down on paper. */
interface Sheet {
  readonly quorums: readonly number[];
  asked: string[][];
  readonly votes: { readonly who: string; readonly verdict: Verdict; readonly meets: readonly number[] }[];
  gifts: { readonly from: string; readonly to: string }[];
}

class Model {
  at = 0;
  ended: 'approved' | 'denied' | 'expired' | null = null;
  constructor(readonly sheets: readonly Sheet[]) {
    if (sheets.length === 0) this.ended = 'approved';
  }

  sheet(index = this.at): Sheet | undefined {
    return this.sheets[index];
  }

  /** Follows every gift to its end. */
  deciders(sheet: Sheet): string[][] {
    return sheet.asked.map((people) => people.map((who) => this.follow(sheet, who)));
  }

  private follow(sheet: Sheet, who: string): string {
    let holder = who;
    for (let gift = find(sheet, holder); gift !== undefined; gift = find(sheet, holder)) holder = gift.to;
    return holder;
  }

  isOpen(): boolean {
    return this.ended === null;
  }

  decide(who: string, verdict: Verdict, stage: number | null, rightPlan: boolean): 'counts' | 'again' | 'refused' {
    if (who === REQUESTER || who === SUBJECT) return 'refused';
    const last = this.sheets.flatMap(({ votes }) => votes).findLast((vote) => vote.who === who);
    const sameAsLast = last?.verdict === verdict ? 'again' : 'refused';
    if (!rightPlan) return 'refused';
    if (!this.isOpen()) return sameAsLast;
    const meant = stage ?? this.at;
    const before = this.sheets[meant]?.votes.find((vote) => vote.who === who);
    if (before !== undefined) return before.verdict === verdict ? 'again' : 'refused';
    if (meant !== this.at) return 'refused';
    const sheet = this.sheet() ?? assert.fail();
    const meets = this.deciders(sheet).flatMap((people, i) => (people.includes(who) ? [i] : []));
    if (meets.length === 0) return sameAsLast;
    sheet.votes.push({ who, verdict, meets });
    if (verdict === 'deny') this.ended = 'denied';
    else if (sheet.quorums.every((quorum, i) => this.counted(sheet, i) >= quorum)) this.at += 1;
    if (this.ended === null && this.at === this.sheets.length) this.ended = 'approved';
    return 'counts';
  }

  counted(sheet: Sheet, requirement: number): number {
    return sheet.votes.filter(({ meets }) => meets.includes(requirement)).length;
  }

  give(from: string, to: string, stage: number | null): 'counts' | 'again' | 'refused' {
    const meant = stage ?? this.at;
    const already = find(this.sheets[meant], from);
    if (already?.to === to) return 'again';
    if (!this.isOpen() || meant !== this.at || already !== undefined) return 'refused';
    const sheet = this.sheet() ?? assert.fail();
    const places = this.deciders(sheet).filter((people) => people.includes(from));
    const hasVoted = (who: string) => sheet.votes.some((vote) => vote.who === who);
    const mayGive = places.length > 0 && !hasVoted(from);
    const mayTake =
      ![REQUESTER, SUBJECT, from].includes(to) &&
      !hasVoted(to) &&
      find(sheet, to) === undefined &&
      !places.some((people) => people.includes(to));
    if (!mayGive || !mayTake) return 'refused';
    sheet.gifts.push({ from, to });
    return 'counts';
  }

  lapse(gone: readonly string[]): void {
    const sheet = this.sheet();
    if (sheet === undefined) return;
    sheet.gifts = sheet.gifts.filter(({ to }) => !gone.includes(to) || sheet.votes.some(({ who }) => who === to));
  }
}

function find(sheet: Sheet | undefined, from: string) {
  return sheet?.gifts.find((gift) => gift.from === from);
}

interface Real {
  approval: Approval;
}

type Command = fc.Command<Model, Real>;

/** Runs a command on both, and compares everything that can be seen from outside. */
abstract class Both implements Command {
  check = () => true;
  abstract run(model: Model, real: Real): void;
  abstract toString: () => string;

  protected compare(model: Model, { approval }: Real): void {
    assert.equal(verdictOf(approval), model.ended ?? 'waiting');
    if (model.ended === null) assert.equal(approval.stage, model.at);
    const sheet = model.isOpen() ? model.sheet() : undefined;
    const open = (sheet?.quorums ?? []).flatMap((quorum, requirement) => {
      if (sheet === undefined) return [];
      const missing = quorum - model.counted(sheet, requirement);
      const people = [...new Set(model.deciders(sheet)[requirement])];
      const left = people.filter((who) => !sheet.votes.some((vote) => vote.who === who));
      return missing > 0 ? [{ requirement, missing, left }] : [];
    });
    assert.deepEqual(
      requirementsOpen(approval).map(({ left, ...rest }) => ({ ...rest, left: left.map(({ id }) => id) })),
      open,
    );
    assert.equal(shortfallOf(approval).length, open.filter(({ missing, left }) => left.length < missing).length);
    assert.deepEqual(ids(stillAsked(approval)), [...new Set(open.flatMap(({ left }) => left))]);
    this.assertNobodyForThemselves(approval);
  }

  private assertNobodyForThemselves(approval: Approval): void {
    for (const stage of approval.stages) {
      const deciders = ids(approversOf(stage));
      const voters = stage.decisions.map(({ by }) => by.id);
      for (const self of [REQUESTER, SUBJECT]) {
        assert.ok(!deciders.includes(self) && !voters.includes(self), `${self} decides`);
        assert.ok(!stage.delegations.some(({ to }) => to.id === self), `${self} is a delegate`);
      }
      assert.equal(new Set(voters).size, voters.length, 'one vote each');
      for (const { from } of stage.delegations) assert.ok(!deciders.includes(from.id), 'who gave it away has it');
    }
  }
}

class Decide extends Both {
  constructor(
    readonly who: string,
    readonly verdict: Verdict,
    readonly stage: number | null,
    readonly rightPlan: boolean,
  ) {
    super();
  }

  override run(model: Model, real: Real): void {
    const command: DecisionCommand = {
      actor: signedIn(this.who),
      verdict: this.verdict,
      digest: this.rightPlan ? DIGEST : 'e'.repeat(64),
      stage: this.stage,
    };
    const check = checkDecision(real.approval, command);
    const expected = model.decide(this.who, this.verdict, this.stage, this.rightPlan);
    assert.equal(!check.allowed ? 'refused' : 'repeated' in check ? 'again' : 'counts', expected);
    if (check.allowed && !('repeated' in check))
      real.approval = record(real.approval, {
        ...{ by: check.by, assurance: 'signed-in', verdict: this.verdict, reason: null, at: 'now' },
      });
    this.compare(model, real);
  }

  override toString = () =>
    `${this.who}: ${this.verdict} in ${String(this.stage)}${this.rightPlan ? '' : ', another plan'}`;
}

class Delegate extends Both {
  constructor(
    readonly from: string,
    readonly to: string,
    readonly stage: number | null,
  ) {
    super();
  }

  override run(model: Model, real: Real): void {
    const command: DelegationCommand = { actor: signedIn(this.from), to: this.to, stage: this.stage, reason: 'leave' };
    const check = checkDelegation(real.approval, command);
    const expected = model.give(this.from, this.to, this.stage);
    assert.equal(!check.allowed ? 'refused' : 'repeated' in check ? 'again' : 'counts', expected);
    if (check.allowed && !('repeated' in check))
      real.approval = delegate(real.approval, {
        ...{ from: check.from, to: person(this.to), assurance: 'signed-in', reason: 'leave', at: 'now' },
      });
    this.compare(model, real);
  }

  override toString = () => `${this.from} -> ${this.to} in ${String(this.stage)}`;
}

/** The directory says anew who is asked; after an escalation these are more. */
class Resolve extends Both {
  constructor(
    readonly people: readonly (readonly string[])[],
    readonly escalates: boolean,
  ) {
    super();
  }

  override run(model: Model, real: Real): void {
    const sheet = model.sheet();
    if (!model.isOpen() || sheet === undefined) return;
    sheet.asked = sheet.asked.map((earlier, i) => [
      ...new Set([...(this.escalates ? earlier : []), ...(this.people[i] ?? [])]),
    ]);
    if (this.escalates) real.approval = escalate(real.approval, { at: 'now', because: 'late' });
    real.approval = withApprovers(
      real.approval,
      model.at,
      sheet.asked.map((people) => people.map(person)),
    );
    this.compare(model, real);
  }

  override toString = () => `${this.escalates ? 'escalated to' : 'asked are'} ${JSON.stringify(this.people)}`;
}

/** Some delegates left the company. */
class Lapse extends Both {
  constructor(readonly gone: readonly string[]) {
    super();
  }

  override run(model: Model, real: Real): void {
    const stage = real.approval.stages[model.at];
    if (!model.isOpen() || stage === undefined) return;
    // As the activity says it: of those who hold a decision for somebody else.
    const gone = ids(delegatesOf(stage)).filter((id) => this.gone.includes(id));
    real.approval = withoutDelegates(real.approval, model.at, gone);
    model.lapse(gone);
    this.compare(model, real);
  }

  override toString = () => `gone: ${this.gone.join(', ')}`;
}

class Expire extends Both {
  override run(model: Model, real: Real): void {
    if (model.isOpen()) model.ended = 'expired';
    real.approval = expire(real.approval);
    this.compare(model, real);
  }

  override toString = () => 'deadline';
}

function ids(people: readonly Person[]): readonly string[] {
  return people.map(({ id }) => id);
}

const anyone = fc.constantFrom(...EVERYBODY);
const stageMeant = fc.constantFrom(null, 0, 1);
const lists = fc.array(fc.subarray(OTHERS), { minLength: 2, maxLength: 2 });
const verdict = fc.constantFrom<Verdict>('approve', 'approve', 'approve', 'deny');

const decision = fc
  .tuple(anyone, verdict, stageMeant, fc.constantFrom(true, true, true, false))
  .map(([who, how, stage, right]) => new Decide(who, how, stage, right));
const delegation = fc.tuple(anyone, anyone, stageMeant).map(([from, to, stage]) => new Delegate(from, to, stage));
const directory = fc.tuple(lists, fc.boolean()).map(([people, escalates]) => new Resolve(people, escalates));
const departure = fc.subarray(OTHERS).map((gone) => new Lapse(gone));
const deadline = fc.constant(new Expire());

/** People act more often than time does. */
const COMMANDS: fc.Arbitrary<Command>[] = [
  ...[decision, decision, decision, decision, decision, decision],
  ...[delegation, delegation, delegation, delegation, delegation, delegation],
  ...[directory, departure, deadline],
];

const sheets = fc.array(fc.tuple(fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 2 }), lists), {
  maxLength: 2,
});

function bothOf(stages: readonly (readonly [quorums: number[], asked: string[][]])[]): { model: Model; real: Real } {
  const approval = openApproval({
    ...{ requester: person(REQUESTER), subject: person(SUBJECT), digest: DIGEST, assertedDecisions: 'refuse' },
    stages: stages.map(([quorums, asked], i) => ({
      rule: stageOf(`stage ${String(i)}`, [], { requirements: quorums.map((quorum) => ({ anyOf: [], quorum })) }),
      asked: quorums.map((_, requirement) => (asked[requirement] ?? []).map(person)),
    })),
  });
  const model = new Model(
    stages.map(([quorums, asked]) => ({
      quorums,
      asked: quorums.map((_, requirement) => asked[requirement] ?? []),
      votes: [],
      gifts: [],
    })),
  );
  return { model, real: { approval } };
}

describe('approval, in any order of decisions, delegations, time and directory', () => {
  it('says what a naive model says', () => {
    fc.assert(
      fc.property(sheets, fc.commands(COMMANDS, { maxCommands: 40 }), (stages, commands) =>
        fc.modelRun(() => bothOf(stages), commands),
      ),
      { numRuns: 1_500 },
    );
  });

  it('has an outcome that nothing changes any more', () => {
    fc.assert(
      fc.property(sheets, fc.array(fc.oneof(...COMMANDS), { maxLength: 60 }), (stages, commands) => {
        const { model, real } = bothOf(stages);
        let outcome: string | null = null;
        for (const command of commands) {
          void command.run(model, real);
          outcome ??= verdictOf(real.approval) === 'waiting' ? null : verdictOf(real.approval);
          if (outcome !== null) assert.equal(verdictOf(real.approval), outcome);
        }
      }),
      { numRuns: 500 },
    );
  });
});
