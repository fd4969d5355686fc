import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { createPolicySource, parsePolicy, PolicyFileError, readPolicyFile } from '../../src/config/policy-file.js';

const DAY_MS = 86_400_000;
const EXAMPLE = path.resolve(import.meta.dirname, '../../examples/policy.yaml');

describe('policy file', () => {
  it('of the examples is a policy, with the defaults where nothing is said', async () => {
    const policy = await readPolicyFile(EXAMPLE);
    assert.equal(policy.assertedDecisions, 'allow');
    assert.equal(policy.countWarningUnits, false);
    assert.deepEqual(Object.keys(policy.skus), ['spe_e3', 'spe_e5', 'aad_premium_p2', 'flow_free']);
    assert.deepEqual(policy.skus['spe_e3'], {
      seatWaitMs: 7 * DAY_MS,
      stages: [
        {
          name: 'manager',
          approvers: [{ manager: { level: 1, fallback: ['licence-desk@contoso.com'] } }],
          quorum: 1,
          deadlineMs: 3 * DAY_MS,
        },
        {
          name: 'licence desk',
          approvers: [{ users: ['ana@contoso.com', 'li@contoso.com', 'sam@contoso.com'] }],
          quorum: 2,
          deadlineMs: 5 * DAY_MS,
        },
      ],
    });
    assert.equal(policy.skus['aad_premium_p2']?.seatWaitMs, 30 * DAY_MS);
    assert.equal(policy.skus['aad_premium_p2']?.stages[0]?.deadlineMs, 5 * DAY_MS);
    assert.deepEqual(policy.skus['flow_free']?.stages, []);
  });

  it('takes a product by its id too, in any case', () => {
    const policy = parsePolicy(withSkus('06EBC4EE-1BB5-47DD-8120-11324BC54E06: { stages: [] }'), 'p');
    assert.deepEqual(Object.keys(policy.skus), ['06ebc4ee-1bb5-47dd-8120-11324bc54e06']);
  });

  it('may reuse stages by anchors', () => {
    const text = withSkus('A: &a { stages: [{ name: n, approvers: [{ users: [a@b.c] }] }] }\n  B: *a');
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

  it('reads "10 years" as the deadline of a stage, and refuses it as a wait for seats', () => {
    const deadline = withSkus('A: { stages: [{ name: n, approvers: [{ users: [a@b.c] }], deadline: 10 years }] }');
    assert.equal(parsePolicy(deadline, 'p').skus['a']?.stages[0]?.deadlineMs, 10 * 365.25 * DAY_MS);
    assert.throws(
      () => parsePolicy(withSkus('A: { stages: [], seatWait: 91 days }'), 'p'),
      /skus\.A\.seatWait: is longer than 90 days\./,
    );
  });

  const HEAD = 'version: 1\nassertedDecisions: allow\n';
  const STAGE = 'name: desk, approvers: [{ users: [a@b.c] }]';
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
      [/^line 3, column 1, zzzzzz: is not known\. Known here: version, assertedDecisions, seats, defaults, skus\.$/],
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
      'approvers of no kind, of both kinds, and a fallback for nobody',
      `${HEAD}skus:\n  A:\n    stages:\n      - name: desk\n        approvers:\n          - {}\n          - { users: [a@b.c], manager: 1 }\n          - { users: [a@b.c], fallback: [d@e.f] }\n          - { users: [] }\n`,
      [
        /^line 8, column 13, skus\.A\.stages\[0\]\.approvers\[0\]: names nobody\. Write/,
        /^line 9, column 13, skus\.A\.stages\[0\]\.approvers\[1\]: names both/,
        /^line 10, column 31, skus\.A\.stages\[0\]\.approvers\[2\]\.fallback: stands in for a manager/,
        /^line 11, column 22, skus\.A\.stages\[0\]\.approvers\[3\]\.users: names nobody\./,
      ],
    ],
    [
      'a quorum above the people named, who count once',
      `${HEAD}skus:\n  A: { stages: [{ name: desk, approvers: [{ users: [a@b.c, A@B.C] }], quorum: 2 }] }\n`,
      [
        /^line 4, column 71, skus\.A\.stages\[0\]\.quorum: can never be reached: the approvers are at most one person\./,
      ],
    ],
    [
      'a quorum above a manager or the fallback',
      `${HEAD}skus:\n  A: { stages: [{ name: desk, approvers: [{ manager: 1, fallback: [a@b.c, d@e.f] }], quorum: 3 }] }\n`,
      [/quorum: can never be reached: the approvers are at most 2 people\./],
    ],
    [
      'a quorum of none or of a half',
      `${HEAD}skus:\n  A: { stages: [{ ${STAGE}, quorum: 0 }] }\n  B: { stages: [{ ${STAGE}, quorum: 0.5 }] }\n`,
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
      `${HEAD}skus:\n  A: { stages: [{ name: desk, approvers: [{ users: [Lee Gu] }] }] }\n`,
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
