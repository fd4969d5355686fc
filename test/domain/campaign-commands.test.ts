import assert from 'node:assert/strict';
import { CAMPAIGN_STATES, isFinalCampaign } from '../../src/domain/campaign.js';
import {
  COMMAND_KINDS,
  commandsIn,
  isAllowed,
  stateProblem,
  tuningProblems,
} from '../../src/domain/campaign-commands.js';

describe('commands of a campaign', () => {
  it('are none in a final state, and after the end only another try and the way back', () => {
    for (const state of CAMPAIGN_STATES.filter(isFinalCampaign)) assert.deepEqual(commandsIn(state), []);
    assert.deepEqual(commandsIn('finished'), ['retry', 'roll-back']);
  });

  it('are refused with what is possible instead', () => {
    assert.match(
      stateProblem('pause', 'finished') ?? '',
      /not possible while .* finished\. Possible now: retry, rollback\./,
    );
    assert.match(
      stateProblem('pause', 'awaiting-second', 'started, waiting for a second person') ?? '',
      /while the campaign is started, waiting for a second person\. Possible now: confirm/,
    );
    assert.match(stateProblem('roll-back', 'running') ?? '', /Pause it first\./);
    assert.match(stateProblem('retry', 'closed') ?? '', /Nothing can be commanded any more\./);
    for (const state of CAMPAIGN_STATES)
      for (const kind of COMMAND_KINDS) assert.equal(stateProblem(kind, state) === null, isAllowed(kind, state));
  });
});

describe('tuning', () => {
  it('takes rates up to what Graph takes', () => {
    for (const perSecond of [0.5, 20, null]) assert.deepEqual(tuningProblems({ perSecond }), []);
    for (const perSecond of [0, -1, 20.1, Number.NaN])
      assert.match(tuningProblems({ perSecond }).join(), /above 0, and Microsoft Graph takes 20 writes/);
  });

  it('takes a concurrency from 1 to 500', () => {
    for (const concurrency of [1, 500]) assert.deepEqual(tuningProblems({ concurrency }), []);
    for (const concurrency of [0, 501, 1.5]) assert.match(tuningProblems({ concurrency }).join(), /from 1 to 500/);
  });

  it('takes budgets that can be counted', () => {
    const none = { count: null, percent: null };
    assert.deepEqual(tuningProblems({ budget: { perWave: { count: 0, percent: 0 }, total: none } }), []);
    assert.match(
      tuningProblems({ budget: { perWave: { count: -1, percent: null }, total: none } }).join(),
      /of a wave .* -1/,
    );
    assert.match(
      tuningProblems({ budget: { perWave: none, total: { count: null, percent: 101 } } }).join(),
      /of the campaign/,
    );
  });
});
