import assert from 'node:assert/strict';
import { conditionInWords, groupsNamedIn, stageInWords, termInWords } from '../../src/activities/policy-words.js';
import type { ApproverSelector, Condition, TermRule } from '../../src/domain/policy.js';
import { NO_TERM, stageOf } from '../support/policy.js';

const DAY_MS = 86_400_000;
const manager = (level: number): ApproverSelector => ({ manager: { level, upTo: level, fallback: ['x@contoso.com'] } });

describe('the policy in words', () => {
  const SELECTORS: [phrase: string, anyOf: ApproverSelector[], quorum?: number][] = [
    ['the manager', [manager(1)]],
    ["the manager's manager", [manager(2)]],
    ["the manager's manager's manager", [manager(3)]],
    ['a@contoso.com or b@contoso.com', [{ users: ['a@contoso.com', 'b@contoso.com'] }]],
    [
      '2 of a@contoso.com or the owner (o@contoso.com)',
      [{ users: ['a@contoso.com'] }, { owners: ['o@contoso.com'] }],
      2,
    ],
    ['the owner', [{ owners: [] }]],
    ['a member of Desk or a member of g-2', [{ group: 'g-1' }, { group: 'g-2' }]],
  ];
  for (const [phrase, anyOf, quorum = 1] of SELECTORS)
    it(`decides: ${phrase}`, () => {
      assert.equal(stageInWords(stageOf('x', anyOf, { quorum }), new Map([['g-1', 'Desk']])), phrase);
    });

  it('joins requirements, and finds the groups of all of them', () => {
    const stage = {
      ...stageOf('x', []),
      requirements: [
        { anyOf: [manager(1), { group: 'g-1' }], quorum: 1 },
        { anyOf: [{ group: 'g-1' }, { group: 'g-2' }], quorum: 2 },
      ],
    };
    assert.equal(
      stageInWords(stage, new Map()),
      'the manager or a member of g-1 and 2 of a member of g-1 or a member of g-2',
    );
    assert.deepEqual(groupsNamedIn([stage]), ['g-1', 'g-2']);
  });

  const CONDITIONS: [phrase: string, condition: Condition][] = [
    ['always', {}],
    ['at least 1 free seat', { freeSeats: 1 }],
    ['job title Buyer, and office 12 or 14', { jobTitle: ['Buyer'], officeLocation: ['12', '14'] }],
  ];
  for (const [phrase, condition] of CONDITIONS)
    it(`without asking: ${phrase}`, () => assert.equal(conditionInWords(condition), phrase));

  const extension = { maxMs: 7 * DAY_MS, times: 1, approval: true };
  const TERMS: [phrase: string | null, term: TermRule][] = [
    [null, NO_TERM],
    ['at most 90 days', { ...NO_TERM, maxMs: 90 * DAY_MS }],
    ['at most 30 days, 1 extension of up to 7 days, each approved anew', { ...NO_TERM, maxMs: 30 * DAY_MS, extension }],
  ];
  for (const [phrase, term] of TERMS)
    it(`term: ${phrase ?? 'without limit'}`, () => assert.equal(termInWords(term), phrase));
});
