import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { createPolicySource, parsePolicy, PolicyFileError, readPolicyFile } from '../../src/config/policy-file.js';

const DAY_MS = 86_400_000;
const STAGE = 'name: desk, approvers: [{ users: [a@b.c, d@e.f] }]';
const EXAMPLE = path.resolve(import.meta.dirname, '../../examples/policy.yaml');

describe('policy file', () => {
  it('of the examples is a policy, with the defaults where nothing is said', async () => {
    const policy = await readPolicyFile(EXAMPLE);
    assert.equal(policy.assertedDecisions, 'allow');
    assert.equal(policy.countWarningUnits, false);
    assert.deepEqual(policy.quietHours, { timeZone: 'Europe/Berlin', from: '19:00', to: '07:30', weekends: true });
    assert.deepEqual(policy.lowSeats, { below: 5, except: ['flow_free'] });
    assert.deepEqual(policy.operators, ['licence-desk@contoso.com']);
    assert.deepEqual(policy.planDependencies, [{ plan: 'TEAMS1', needs: ['SHAREPOINTENTERPRISE'] }]);
    assert.deepEqual(Object.keys(policy.skus), ['spe_e3', 'spe_e5', 'aad_premium_p2', 'flow_free']);
    assert.deepEqual(policy.skus['spe_e3'], {
      stages: [
        {
          name: 'manager',
          requirements: [
            { anyOf: [{ manager: { level: 1, upTo: 3, fallback: ['licence-desk@contoso.com'] } }], quorum: 1 },
          ],
          deadlineMs: 3 * DAY_MS,
          remindEveryMs: DAY_MS,
          escalation: { afterMs: 2 * DAY_MS, to: [{ users: ['head-of-it@contoso.com'] }] },
        },
        {
          name: 'licence desk',
          requirements: [{ anyOf: [{ users: ['ana@contoso.com', 'li@contoso.com', 'sam@contoso.com'] }], quorum: 2 }],
          deadlineMs: 5 * DAY_MS,
          remindEveryMs: DAY_MS,
          escalation: null,
        },
      ],
      autoApprove: [],
      holdSeat: 'at-approval',
      seatWaitMs: 7 * DAY_MS,
      seatPriority: [],
      term: { maxMs: null, noticesMs: [14 * DAY_MS, 3 * DAY_MS], extension: null, stepDownTo: 'previous' },
      need: null,
    });
    const e5 = policy.skus['spe_e5'];
    assert.deepEqual(e5?.stages[0]?.requirements, [
      { anyOf: [{ users: ['ana@contoso.com'] }, { group: '8c1b7a52-4d0e-4a7f-9f3c-5b1f6d2e9a10' }], quorum: 1 },
      { anyOf: [{ owners: ['kim@contoso.com', 'noor@contoso.com'] }], quorum: 1 },
    ]);
    assert.equal(e5.holdSeat, 'at-submit');
    assert.equal(e5.need, 'Security and compliance work, Power BI Pro included');
    assert.deepEqual(e5.seatPriority, [{ priority: 'high', when: { department: ['Board'] } }]);
    const p2 = policy.skus['aad_premium_p2'];
    assert.equal(p2?.seatWaitMs, 30 * DAY_MS);
    assert.equal(p2.stages[0]?.deadlineMs, 5 * DAY_MS);
    assert.deepEqual(p2.autoApprove, [{ department: ['IT'], freeSeats: 20 }]);
    assert.deepEqual(p2.term, {
      maxMs: 180 * DAY_MS,
      noticesMs: [14 * DAY_MS, 3 * DAY_MS],
      extension: { maxMs: 90 * DAY_MS, times: 2, approval: true },
      stepDownTo: 'previous',
    });
    assert.deepEqual(policy.skus['flow_free']?.stages, []);
  });

  it('that says as little as possible has the defaults that are documented', () => {
    const policy = parsePolicy(withSkus(`A: { stages: [{ ${STAGE} }] }`), 'p');
    assert.deepEqual(
      { ...policy, skus: {} },
      {
        assertedDecisions: 'refuse',
        countWarningUnits: false,
        lowSeats: null,
        quietHours: null,
        operators: [],
        planDependencies: [],
        notOffered: [],
        monthlyPrices: {},
        campaigns: { secondPersonAbove: 100 },
        skus: {},
      },
    );
    const { stages, seatWaitMs, holdSeat, term } = policy.skus['a'] ?? assert.fail();
    assert.deepEqual([stages[0]?.deadlineMs, stages[0]?.remindEveryMs], [7 * DAY_MS, DAY_MS]);
    assert.deepEqual([seatWaitMs, holdSeat, term.noticesMs], [7 * DAY_MS, 'at-approval', [14 * DAY_MS, 3 * DAY_MS]]);
  });

  it('reminds nobody by default in a stage that is over before, or where "never" is written', () => {
    const every = (more: string) =>
      parsePolicy(withSkus(`A: { stages: [{ ${STAGE}, ${more} }] }`), 'p').skus['a']?.stages[0]?.remindEveryMs;
    assert.equal(every('deadline: 20 hours'), null);
    assert.equal(every('remindEvery: never'), null);
    assert.equal(every('deadline: 20 hours, remindEvery: 8h'), 8 * 3_600_000);
  });

  it('announces an end only after its beginning', () => {
    const notices = (max: string) =>
      parsePolicy(withSkus(`A: { stages: [], term: { max: ${max} } }`), 'p').skus['a']?.term.noticesMs;
    assert.deepEqual(notices('10 days'), [3 * DAY_MS]);
    assert.deepEqual(notices('1 day'), []);
  });

  it('may let an end lead to another product', () => {
    const { skus } = parsePolicy(withSkus('A: { stages: [], term: { stepDownTo: SPE_E3 } }'), 'p');
    assert.deepEqual(skus['a']?.term.stepDownTo, { sku: 'SPE_E3' });
  });

  it('takes a product by its id too, in any case', () => {
    const policy = parsePolicy(withSkus('06EBC4EE-1BB5-47DD-8120-11324BC54E06: { stages: [] }'), 'p');
    assert.deepEqual(Object.keys(policy.skus), ['06ebc4ee-1bb5-47dd-8120-11324bc54e06']);
  });

  it('may reuse stages by anchors', () => {
    const text = withSkus('A: &a { stages: [{ name: n, approvers: [{ users: [a@b.c, d@e.f] }] }] }\n  B: *a');
    const { skus } = parsePolicy(text, 'p');
    assert.deepEqual(skus['b'], skus['a']);
  });

  const DURATIONS: [written: string, ms: number][] = [
    ['3 days', 3 * DAY_MS],
    ['90m', 5_400_000],
    ['"500ms"', 500],
    ['1.5 h', 5_400_000],
    ['90 days', 90 * DAY_MS],
  ];
  for (const [written, ms] of DURATIONS)
    it(`reads "${written}" as ${ms} ms`, () => {
      assert.equal(parsePolicy(withSkus(`A: { stages: [], seatWait: ${written} }`), 'p').skus['a']?.seatWaitMs, ms);
    });

  for (const key of ['deadline', 'seatWait'])
    it(`reads "90 days" as ${key}, and refuses more`, () => {
      assert.equal(messageOf(withSkus(`A: { stages: [] }\ndefaults: { ${key}: 90 days }`)), '');
      assert.match(
        messageOf(withSkus(`A: { stages: [] }\ndefaults: { ${key}: 91 days }`)),
        new RegExp(`defaults\\.${key}: is longer than 90 days\\.`),
      );
    });

  const HEAD = 'version: 1\nassertedDecisions: allow\n';
  /** What is written, and the start of each problem in order. */
  const REFUSED: [title: string, text: string, problems: RegExp[]][] = [
    ['an empty file', '', [/^It is empty\. Write/]],
    ['a file of comments', '# nothing\n', [/^It is empty\. Write/]],
    ['a list', '- a\n', [/^line 1, column 1: must be a section/]],
    [
      'another version',
      `version: 2\nassertedDecisions: allow\nskus: {}\n`,
      [/^line 1, column 10, version: must be 1\./],
    ],
    [
      'missing keys, with what to write',
      'version: 1\n',
      [
        /^line 1, column 1, assertedDecisions: is missing\. Write "allow" or "refuse"\.$/,
        /^line 1, column 1, skus: is missing\. List/,
      ],
    ],
    [
      'an unknown key, with the one that was meant',
      `${HEAD}skus:\n  A: { stages: [], seatwait: 1 day }\n`,
      [/^line 4, column 20, skus\.A\.seatwait: is not known\. Did you mean "seatWait"\?$/],
    ],
    [
      'an unknown key that is like no other, with those that are known',
      `${HEAD}zzzzzz: 1\nskus: {}\n`,
      [
        /^line 3, column 1, zzzzzz: is not known\. Known here: version, assertedDecisions, operators, quietHours, lowSeats, planDependencies, notOffered, prices, campaigns, seats, defaults, skus\.$/,
      ],
    ],
    [
      'a wrong choice',
      `version: 1\nassertedDecisions: allows\nskus: {}\n`,
      [/^line 2, column 20, assertedDecisions: must be allow or refuse\. Did you mean "allow"\?$/],
    ],
    [
      'wrong types',
      `${HEAD}seats: { countWarningUnits: maybe }\ndefaults: 3\nskus: []\n`,
      [
        /^line 3, column 29, seats\.countWarningUnits: must be true or false\.$/,
        /^line 4, column 11, defaults: must be a section/,
        /^line 5, column 7, skus: must be a section/,
      ],
    ],
    [
      'durations without a unit, unknown, nothing, or too long',
      `${HEAD}skus:\n  A: { stages: [], seatWait: 5 }\n  B: { stages: [], seatWait: 2 dayz }\n  C: { stages: [], seatWait: 0 days }\n  D: { stages: [], seatWait: 11 years }\n  E: { stages: [], seatWait: -1 day }\n`,
      [
        /^line 4, column 30, skus\.A\.seatWait: is not a duration\. Write a number with a unit/,
        /^line 5, column 30, skus\.B\.seatWait: is not a duration\./,
        /^line 6, column 30, skus\.C\.seatWait: must be longer than nothing\./,
        /^line 7, column 30, skus\.D\.seatWait: is longer than 10 years\./,
        /^line 8, column 30, skus\.E\.seatWait: is not a duration\./,
      ],
    ],
    [
      'a stage that asks nobody',
      `${HEAD}skus:\n  A:\n    stages:\n      - name: desk\n        approvers: []\n`,
      [/^line 7, column 20, skus\.A\.stages\[0\]\.approvers: asks nobody\..*"stages: \[\]"/],
    ],
    [
      'approvers of no kind, and what goes with a manager where none is asked',
      `${HEAD}skus:\n  A:\n    stages:\n      - name: desk\n        approvers:\n          - {}\n          - { users: [a@b.c, d@e.f], fallback: [d@e.f] }\n          - { users: [a@b.c, d@e.f], upTo: 3 }\n          - { manager: 3, upTo: 2, fallback: [d@e.f] }\n          - { users: [] }\n`,
      [
        /^line 8, column 13, skus\.A\.stages\[0\]\.approvers\[0\]: names nobody\. Write/,
        /^line 9, column 38, skus\.A\.stages\[0\]\.approvers\[1\]\.fallback: stands in for a manager/,
        /^line 10, column 38, skus\.A\.stages\[0\]\.approvers\[2\]\.upTo: says how far up/,
        /^line 11, column 27, skus\.A\.stages\[0\]\.approvers\[3\]\.upTo: is below the manager/,
        /^line 12, column 22, skus\.A\.stages\[0\]\.approvers\[4\]\.users: names nobody\./,
      ],
    ],
    [
      'a quorum above the people named, who count once',
      `${HEAD}skus:\n  A: { stages: [{ name: desk, approvers: [{ users: [a@b.c, A@B.C], quorum: 2 }] }] }\n`,
      [
        /^line 4, column 68, skus\.A\.stages\[0\]\.approvers\[0\]\.quorum: can never be reached: the approvers are at most one person\./,
      ],
    ],
    [
      'a quorum above a manager or the fallback',
      `${HEAD}skus:\n  A: { stages: [{ name: desk, approvers: [{ manager: 1, fallback: [a@b.c, d@e.f], quorum: 3 }] }] }\n`,
      [/quorum: can never be reached: the approvers are at most 2 people\./],
    ],
    [
      'a quorum of a stage, which belongs to its entries',
      `${HEAD}skus:\n  A: { stages: [{ ${STAGE}, quorum: 2 }] }\n`,
      [/^line 4, column 71, skus\.A\.stages\[0\]\.quorum: belongs to the entries of "approvers" now.*quorum: 2 \}"\.$/],
    ],
    [
      'a manager without a fallback or an escalation',
      `${HEAD}skus:\n  A: { stages: [{ name: n, approvers: [{ manager: 1, upTo: 3 }] }] }\n`,
      [/^line 4, column 40, skus\.A\.stages\[0\]\.approvers\[0\]: can be a dead end: a manager may be missing/],
    ],
    [
      'as many people as the quorum, of whom one may be who asks',
      `${HEAD}skus:\n  A: { stages: [{ name: n, approvers: [{ users: [a@b.c] }] }] }\n  B: { stages: [{ name: n, approvers: [{ users: [a@b.c, d@e.f], quorum: 2 }] }] }\n  C: { owners: [a@b.c], stages: [{ name: n, approvers: [{ owners: true }] }] }\n`,
      [
        /^line 4, column 40, .*can be a dead end: nobody is left when the one person named is gone or is who asks\./,
        /^line 5, column 40, .*can be a dead end: nobody is left when one of the people named/,
        /^line 6, column 57, .*can be a dead end/,
      ],
    ],
    [
      'owners of a product that has none, also where the defaults ask them',
      `${HEAD}defaults: { stages: [{ name: o, approvers: [{ owners: true }] }] }\nskus:\n  A: { stages: [{ name: n, approvers: [{ owners: true }] }] }\n  B: {}\n  C: { owners: [a@b.c] }\n`,
      [
        /^line 5, column 42, skus\.A\.stages\[0\]\.approvers\[0\]\.owners: are asked, and the product has none\./,
        /^line 6, column 3, skus\.B: has no owners, and the stages of "defaults" ask them\./,
        /^line 7, column 8, skus\.C\.owners: are too few/,
      ],
    ],
    [
      'a group by its name',
      `${HEAD}skus:\n  A: { stages: [{ name: n, approvers: [{ group: Sales }] }] }\n`,
      [/^line 4, column 49, .*group: is not an object id\./],
    ],
    [
      'an escalation that comes too late, to nobody, or to those who are asked already',
      `${HEAD}defaults: { deadline: 2 days }\nskus:\n  A: { stages: [{ ${STAGE}, escalation: { after: 2 days, to: [{ users: [x@y.z] }] } }] }\n  B: { stages: [{ ${STAGE}, escalation: { after: 1 day, to: [] } }] }\n  C: { stages: [{ ${STAGE}, escalation: { after: 1 day, to: [{ users: [A@B.C] }] } }] }\n  D: { stages: [{ name: n, approvers: [{ manager: 1, upTo: 3 }], escalation: { after: 1 day, to: [{ manager: 2 }] } }] }\n  E: { stages: [{ ${STAGE}, escalation: { after: 1 day, to: [{}] } }] }\n`,
      [
        /^line 5, .*escalation\.after: is not before the deadline/,
        /^line 6, .*escalation\.to: asks nobody\./,
        /^line 7, .*escalation\.to: names only people who are asked already\./,
        /^line 8, .*escalation\.to: names only people who are asked already\./,
        /^line 9, .*escalation\.to\[0\]: names nobody\./,
      ],
    ],
    [
      'reminders that never come, or come without end',
      `${HEAD}defaults: { deadline: 2 days, remindEvery: 3 days }\nskus:\n  A: { stages: [{ ${STAGE}, deadline: 1 day, remindEvery: 1 day }] }\n  B: { stages: [{ ${STAGE}, remindEvery: 1 minute }] }\n  C: { stages: [{ ${STAGE}, remindEvery: often }] }\n`,
      [
        /^line 3, .*defaults\.remindEvery: is not shorter than the deadline/,
        /^line 5, .*remindEvery: is not shorter than the deadline/,
        /^line 6, .*remindEvery: gives more than 100 reminders/,
        /^line 7, .*remindEvery: is not a duration\..* Or write "never"\.$/,
      ],
    ],
    [
      'rules that would always hold, or look at nothing',
      `${HEAD}skus:\n  A: { stages: [], autoApprove: [{}], seatPriority: [{ priority: high, when: {} }] }\n  B: { stages: [], autoApprove: [{ department: [] }, { freeSeats: 0 }, { usageLocation: [Germany] }] }\n`,
      [
        /^line 4, column 34, skus\.A\.autoApprove\[0\]: has no condition/,
        /^line 4, .*skus\.A\.seatPriority\[0\]\.when: has no condition/,
        /^line 5, .*department: is empty\./,
        /^line 5, .*freeSeats: must be at least 1\.$/,
        /^line 5, .*usageLocation\[0\]: is not a country\./,
      ],
    ],
    [
      'terms that are announced before they begin, or never end',
      `${HEAD}skus:\n  A: { stages: [], term: { max: 10 days, notices: [3 days, 10 days], stepDownTo: B } }\n  B: { stages: [], term: { stepDownTo: a } }\n  C: { stages: [], term: { stepDownTo: "" } }\n  D: { stages: [], term: { stepDownTo: D } }\n  E: { stages: [], term: { extension: { max: 1 day, times: 0 } } }\n`,
      [
        /^line 4, .*notices\[1\]: is not shorter than "max"/,
        /^line 4, .*skus\.A\.term\.stepDownTo: steps down to itself in the end\./,
        /^line 5, .*skus\.B\.term\.stepDownTo: steps down to itself/,
        /^line 6, .*stepDownTo: is empty\./,
        /^line 7, .*skus\.D\.term\.stepDownTo: steps down to itself/,
        /^line 8, .*times: must be at least 1\.$/,
      ],
    ],
    [
      'quiet hours in no zone, at no time, or of no length',
      `${HEAD}quietHours: { timeZone: Mars/Olympus, from: "7:00", to: "25:00" }\nskus: {}\n`,
      [
        /^line 3, column 25, quietHours\.timeZone: is not a time zone\. Write an IANA name/,
        /^line 3, .*quietHours\.from: is not a time of day\./,
        /^line 3, .*quietHours\.to: is not a time of day\./,
      ],
    ],
    [
      'quiet hours that end when they begin',
      `${HEAD}quietHours: { timeZone: Europe/Berlin, from: "07:00", to: "07:00" }\nskus: {}\n`,
      [/^line 3, .*quietHours\.to: is the hour in which they begin\./],
    ],
    [
      'plans that need themselves or are told twice, and warnings for nobody',
      `${HEAD}lowSeats: { below: 3 }\nplanDependencies:\n  - { plan: X, needs: [x] }\n  - { plan: Y, needs: [Z] }\n  - { plan: y, needs: [] }\nskus: {}\n`,
      [
        /^line 3, column 1, lowSeats: warns the operators, and none are named\./,
        /^line 5, .*planDependencies\[0\]\.needs: names the plan itself\./,
        /^line 7, .*planDependencies\[2\]\.plan: has an entry already\./,
        /^line 7, .*planDependencies\[2\]\.needs: is empty\./,
      ],
    ],
    [
      'a quorum of none or of a half',
      `${HEAD}skus:\n  A: { stages: [{ name: n, approvers: [{ users: [a@b.c, d@e.f], quorum: 0 }] }] }\n  B: { stages: [{ name: n, approvers: [{ users: [a@b.c, d@e.f], quorum: 0.5 }] }] }\n`,
      [/^line 4, .*quorum: must be at least 1\.$/, /^line 5, .*quorum: must be a whole number\.$/],
    ],
    [
      'two stages of one name',
      `${HEAD}skus:\n  A:\n    stages:\n      - { ${STAGE} }\n      - { ${STAGE} }\n`,
      [/^line 7, column 11, skus\.A\.stages\[1\]\.name: is the name of an earlier stage/],
    ],
    [
      'a product twice, in another case',
      `${HEAD}skus:\n  SPE_E3: { stages: [] }\n  spe_e3: { stages: [] }\n`,
      [/^line 5, column 3, skus\.spe_e3: is the same product as "SPE_E3"/],
    ],
    [
      'a product for which nobody said who is asked',
      `${HEAD}skus:\n  A: {}\n`,
      [/^line 4, column 3, skus\.A: has no stages, and neither has "defaults"\./],
    ],
    ['a product with nothing after it', `${HEAD}skus:\n  A:\n`, [/^line 4, .*skus\.A: has no value\..*\{\}\.$/]],
    [
      'a key that stands twice, together with other problems',
      `${HEAD}version: 1\nskus: 3\n`,
      [/^line 3, column 1: This key stands here a second time\./, /^line 4, column 7, skus: must be a section/],
    ],
    ['tabs', `${HEAD}skus:\n\tA: {}\n`, [/^line 4, column 1: This line is indented with a tab\./]],
    [
      'a bracket that is never closed',
      `${HEAD}skus: { A: {}\n`,
      [/^line 4, column 1: .*close brackets that were opened/],
    ],
    ['two documents', `${HEAD}skus: {}\n---\nversion: 1\n`, [/^line 4, column 1: A second document starts here/]],
    [
      'people who are no refs, without repeating them',
      `${HEAD}skus:\n  A: { stages: [{ name: desk, approvers: [{ users: [Lee Gu, a@b.c] }] }] }\n`,
      [/^line 4, column 53, .*users\[0\]: is neither a user principal name \(lee@contoso\.com\) nor an object id\./],
    ],
  ];
  for (const [title, text, expected] of REFUSED)
    it(`refuses ${title}`, () => {
      const found = problemsOf(text);
      assert.equal(found.length, expected.length, found.join('\n'));
      expected.forEach((pattern, i) => assert.match(found[i] ?? '', pattern));
    });

  it('never repeats who was named, whatever else is wrong', () => {
    const someone = fc.stringMatching(/^[a-z]{8,20}$/).map((name) => `zq${name}`);
    fc.assert(
      fc.property(someone, (name) => {
        const text = `${HEAD}skus:\n  A: { stages: [{ name: 5, approvers: [{ users: [${name}, {a: ${name}@b.c}] }], quorum: 9 }] }\n`;
        const message = messageOf(text);
        assert.ok(!message.includes(name), message);
      }),
    );
  });

  it('that is any text at all is read or refused, and nothing else', () => {
    const fragment = fc.constantFrom(
      'version',
      ': ',
      '1',
      '\n',
      '  ',
      '\t',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      '&a ',
      '*a',
      '#',
      'skus',
      '!!x ',
      '|',
      '%',
      '---',
      '<<',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 30 }), (fragments) => {
        messageOf(fragments.join(''));
      }),
      { numRuns: 500 },
    );
  });
});

describe('policy source', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'policy-'));
    file = path.join(folder, 'policy.yaml');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('follows the file from one question to the next, through mistakes and back', async () => {
    const policy = createPolicySource(file);
    await assert.rejects(policy(), (error) => error instanceof PolicyFileError && error.message.includes('no file'));
    await writeFile(file, withSkus('A: { stages: [] }'));
    const first = await policy();
    assert.deepEqual(Object.keys(first.skus), ['a']);
    assert.equal(await policy(), first, 'an unchanged file is not parsed again');
    // The same length and within the same moment: nothing but the text tells them apart.
    await writeFile(file, withSkus('B: { stages: [] }'));
    assert.deepEqual(Object.keys((await policy()).skus), ['b']);
    await writeFile(file, 'version: 1');
    await assert.rejects(policy(), PolicyFileError);
    await assert.rejects(policy(), PolicyFileError);
    await writeFile(file, withSkus('A: { stages: [] }'));
    assert.deepEqual(await policy(), first);
  });

  it('refuses a folder and a file that is not UTF-8', async () => {
    await assert.rejects(createPolicySource(folder)(), /is a folder\. Name a file\./);
    await writeFile(file, Buffer.from('\ufeffversion: 1', 'utf16le'));
    await assert.rejects(createPolicySource(file)(), /is not UTF-8 text\. Save it as UTF-8\./);
  });

  it('takes a byte-order mark', async () => {
    await writeFile(file, `\ufeff${withSkus('A: { stages: [] }')}`);
    assert.deepEqual(Object.keys((await createPolicySource(file)()).skus), ['a']);
  });
});

function withSkus(skus: string): string {
  return `version: 1\nassertedDecisions: refuse\nskus:\n  ${skus}\n`;
}

function problemsOf(text: string): string[] {
  try {
    parsePolicy(text, 'policy.yaml');
  } catch (error) {
    assert.ok(error instanceof PolicyFileError, String(error));
    return error.problems.map(({ at, text }) => (at === '' ? text : `${at}: ${text}`));
  }
  return [];
}

function messageOf(text: string): string {
  return problemsOf(text).join('\n');
}
