import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { DateTime } from 'luxon';
import type { ChannelName, NoticeInput, NoticeOutcome } from '../../src/contracts/notice.js';
import type { Policy, QuietHours } from '../../src/domain/policy.js';
import { createNoticeActivities } from '../../src/activities/notices.js';
import type { ChannelAnswer, NoticeChannel, NoticeForChannel } from '../../src/activities/index.js';
import { PolicyError } from '../../src/activities/index.js';
import { ADELE, MEGAN, factsOf } from '../support/notice.js';
import { policyOf } from '../support/policy.js';

/** Always, whenever the test runs: from an hour ago for two hours. */
const QUIET_NOW: QuietHours = {
  timeZone: 'UTC',
  from: DateTime.utc().minus({ hours: 1 }).toFormat('HH:mm'),
  to: DateTime.utc().plus({ hours: 1 }).toFormat('HH:mm'),
  weekends: false,
};

interface ScriptedChannel extends NoticeChannel {
  readonly told: NoticeForChannel[];
}

function scripted(name: ChannelName, answer: ChannelAnswer | Error = 'taken'): ScriptedChannel {
  const told: NoticeForChannel[] = [];
  return {
    name,
    told,
    deliver: async (notice) => {
      told.push(notice);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    check: () => Promise.resolve([]),
  };
}

const ASKED: NoticeInput = { key: 'lr-1/approval-asked/0', kind: 'approval-asked', to: [MEGAN], facts: factsOf() };
const REMINDER: NoticeInput = {
  ...ASKED,
  key: 'lr-1/approval-reminder/1',
  kind: 'approval-reminder',
  facts: factsOf(),
};

describe('sendNotice', () => {
  const send = (
    notice: NoticeInput,
    channels: readonly NoticeChannel[],
    policy: Policy | PolicyError = policyOf(),
  ): Promise<NoticeOutcome> => {
    const read = () => (policy instanceof PolicyError ? Promise.reject(policy) : Promise.resolve(policy));
    const activities = createNoticeActivities({ policy: read, channels });
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    return environment.run((given: NoticeInput) => activities.sendNotice(given), notice);
  };

  it('hands the notice to every channel, with the ids of its people', async () => {
    const channels = [scripted('mail'), scripted('log')];
    assert.deepEqual(await send({ ...ASKED, to: [MEGAN, ADELE] }, channels), {
      outcome: 'sent',
      channels: ['mail', 'log'],
      failed: [],
    });
    for (const { told } of channels) assert.deepEqual(told[0]?.recipients, [MEGAN.id, ADELE.id]);
  });

  it('says for each channel what came of it, also of one that breaks', async () => {
    const channels = [
      scripted('mail', { reason: 'Busy.', againAfterMs: 500 }),
      scripted('webhook', new TypeError('a defect')),
      scripted('teams', 'nobody-to-tell'),
      scripted('log'),
    ];
    assert.deepEqual(await send(ASKED, channels), {
      outcome: 'sent',
      channels: ['log'],
      failed: [
        { channel: 'mail', reason: 'Busy.', againAfterMs: 500 },
        { channel: 'webhook', reason: 'webhook broke: TypeError: a defect.', againAfterMs: null },
      ],
    });
  });

  it('asks only the channels that are named', async () => {
    const [mail, log] = [scripted('mail'), scripted('log')];
    const outcome = await send({ ...ASKED, channels: ['mail'] }, [mail, log]);
    assert.deepEqual(outcome, { outcome: 'sent', channels: ['mail'], failed: [] });
    assert.equal(log.told.length, 0);
  });

  it('finds the operators in the policy of this moment', async () => {
    const mail = scripted('mail');
    const notice: NoticeInput = { ...ASKED, kind: 'needs-attention', to: 'operators', facts: factsOf() };
    await send(notice, [mail], policyOf({ operators: ['JohannaL@contoso.com'] }));
    assert.deepEqual(mail.told[0]?.recipients, ['JohannaL@contoso.com']);
  });

  it('is not kept from people by a slip in the policy, and tells operators once it is mended', async () => {
    const slip = new PolicyError('line 3: no such key');
    assert.equal((await send(ASKED, [scripted('mail')], slip)).outcome, 'sent');
    const notice: NoticeInput = { ...ASKED, kind: 'needs-attention', to: 'operators', facts: factsOf() };
    const [mail] = [scripted('mail')];
    assert.deepEqual(await send(notice, [mail], slip), {
      outcome: 'sent',
      channels: [],
      failed: [
        { channel: 'mail', reason: 'Who the operators are cannot be read: line 3: no such key', againAfterMs: 0 },
      ],
    });
    assert.equal(mail.told.length, 0);
  });

  it('tells nobody where there is nobody', async () => {
    const mail = scripted('mail');
    assert.deepEqual(await send({ ...ASKED, to: [] }, [mail]), { outcome: 'sent', channels: [], failed: [] });
    assert.equal(mail.told.length, 0);
  });

  it('puts off what can wait to the end of quiet hours, unless it is urgent', async () => {
    const mail = scripted('mail');
    const policy = policyOf({ quietHours: QUIET_NOW });
    const deferred = await send(REMINDER, [mail], policy);
    assert.ok(deferred.outcome === 'deferred');
    assert.equal(deferred.until.slice(11, 16), QUIET_NOW.to);
    assert.ok(Date.parse(deferred.until) > Date.now());
    assert.equal(mail.told.length, 0);
    assert.equal((await send({ ...REMINDER, urgent: true }, [mail], policy)).outcome, 'sent');
  });

  it('sends at any hour what somebody waits for', async () => {
    const mail = scripted('mail');
    const policy = policyOf({ quietHours: QUIET_NOW });
    for (const kind of ['approval-asked', 'denied', 'failed', 'assigned', 'needs-attention'] as const)
      assert.equal((await send({ ...ASKED, kind, facts: factsOf() }, [mail], policy)).outcome, 'sent', kind);
    for (const kind of ['approval-reminder', 'ready', 'ending-soon', 'waiting-for-seat'] as const)
      assert.equal((await send({ ...ASKED, kind, facts: factsOf() }, [mail], policy)).outcome, 'deferred', kind);
  });

  it('writes times in the zone of the quiet hours', async () => {
    const mail = scripted('mail');
    await send(ASKED, [mail]);
    await send(ASKED, [mail], policyOf({ quietHours: { ...QUIET_NOW, timeZone: 'Asia/Tokyo' } }));
    assert.deepEqual(
      mail.told.map(({ timeZone }) => timeZone),
      ['UTC', 'Asia/Tokyo'],
    );
  });
});
