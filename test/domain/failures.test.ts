import assert from 'node:assert/strict';
import { describeFailure, FAILURE_CODES, isFailureCode, meaningOf } from '../../src/domain/failures.js';

describe('failure codes', () => {
  for (const code of FAILURE_CODES)
    it(`${code} has a sentence and a remedy that can be read out`, () => {
      const { meaning, remedy } = meaningOf(code);
      for (const text of [meaning, remedy]) assert.match(text, /^[A-Z].{20,}[.)]$/);
    });

  it('are told from other words', () => {
    assert.equal(isFailureCode('NO_SEATS'), true);
    for (const word of ['toString', 'constructor', '', undefined, 7]) assert.equal(isFailureCode(word), false);
  });

  it("keep Graph's own words", () => {
    assert.match(describeFailure({ code: 'UNCLASSIFIED', message: 'Something new.' }), /Something new\./);
  });
});
