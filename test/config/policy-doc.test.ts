import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parsePolicy, PolicyFileError } from '../../src/config/policy-file.js';

const DOCS = readFileSync(path.join(import.meta.dirname, '../../docs/policy.md'), 'utf8');
const HEAD = 'version: 1\nassertedDecisions: allow\n';

/** Each section of the file with a key that none of them knows. */
const SECTIONS: Readonly<Record<string, string>> = {
  'the file': `${HEAD}skus: {}\n§: 1\n`,
  quietHours: `${HEAD}skus: {}\nquietHours: { §: 1 }\n`,
  lowSeats: `${HEAD}skus: {}\nlowSeats: { §: 1 }\n`,
  planDependencies: `${HEAD}skus: {}\nplanDependencies: [{ §: 1 }]\n`,
  notOffered: `${HEAD}skus: {}\nnotOffered: [{ §: 1 }]\n`,
  prices: `${HEAD}skus: {}\nprices: { §: 1 }\n`,
  campaigns: `${HEAD}skus: {}\ncampaigns: { §: 1 }\n`,
  seats: `${HEAD}skus: {}\nseats: { §: 1 }\n`,
  defaults: `${HEAD}skus: {}\ndefaults: { §: 1 }\n`,
  'a product': `${HEAD}skus: { A: { §: 1 } }\n`,
  'a stage': `${HEAD}skus: { A: { stages: [{ §: 1 }] } }\n`,
  'an entry of approvers': `${HEAD}skus: { A: { stages: [{ approvers: [{ §: 1 }] }] } }\n`,
  'an escalation': `${HEAD}skus: { A: { stages: [{ escalation: { §: 1 } }] } }\n`,
  'a condition': `${HEAD}skus: { A: { autoApprove: [{ §: 1 }] } }\n`,
  'a priority': `${HEAD}skus: { A: { seatPriority: [{ §: 1 }] } }\n`,
  'a term': `${HEAD}skus: { A: { term: { §: 1 } } }\n`,
  'an extension': `${HEAD}skus: { A: { term: { extension: { §: 1 } } } }\n`,
};

function knownKeys(text: string): readonly string[] {
  try {
    parsePolicy(text, 'p');
  } catch (error) {
    assert.ok(error instanceof PolicyFileError);
    const known = error.problems.map((problem) => /Known here: (.*)\.$/.exec(problem.text)?.[1]).find(Boolean);
    return known?.split(', ') ?? assert.fail(error.message);
  }
  return assert.fail('not refused');
}

describe('docs/policy.md', () => {
  for (const [section, text] of Object.entries(SECTIONS))
    it(`explains every key of ${section}`, () => {
      for (const key of knownKeys(text)) assert.match(DOCS, new RegExp(`\`[^\`\n]*\\b${key}\\b[^\`\n]*\``), key);
    });

  it('shows policies that are in order', () => {
    const [smallest = '', stages = ''] = [...DOCS.matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml]) => yaml ?? '');
    assert.deepEqual(Object.keys(parsePolicy(smallest, 'p').skus), ['spe_e3']);
    const indented = stages.replaceAll(/^(?=.)/gm, '    ');
    const { skus } = parsePolicy(`${HEAD}skus:\n  A:\n    owners: [a@b.c, d@e.f, g@h.i]\n${indented}`, 'p');
    assert.deepEqual(
      skus['a']?.stages[0]?.requirements.map(({ quorum, anyOf }) => [quorum, anyOf.length]),
      [
        [1, 2],
        [2, 1],
        [1, 1],
      ],
    );
  });
});
