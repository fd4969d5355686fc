import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { NoticeSettings } from '../../src/notices/channels.js';
import { createChannels } from '../../src/notices/channels.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { ADELE } from '../support/notice.js';
import { Playground } from '../support/playground.js';
import { policyOf } from '../support/policy.js';
import { type Receiver, startReceiver } from '../support/receiver.js';

describe('the channels of a worker', () => {
  let receiver: Receiver;
  let playground: Playground;
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(async () => {
    await receiver.close();
    await playground.close();
  });

  async function opened(settings: Partial<NoticeSettings>, operators: readonly string[] = []): Promise<void> {
    playground = await Playground.open({
      policy: policyOf({ operators, quietHours: { timeZone: 'UTC', from: '00:00', to: '23:59', weekends: true } }),
      channels: (graph) =>
        createChannels(
          { mail: null, webhook: null, teams: null, ...settings },
          { graph, log: { info: () => undefined } },
        ),
    });
  }
  const all = (): NoticeSettings => ({
    mail: { from: PEOPLE.information.userPrincipalName },
    webhook: { url: receiver.url, secret: `whsec_${randomBytes(32).toString('base64')}` },
    teams: { url: receiver.url },
  });

  it('are tried out by one test, at any hour, once', async () => {
    await opened(all());
    receiver.answer({ status: 200 }, { status: 503 });
    const { channels, failed } = await playground.licenseflow.tenant.testNotices(ADELE, 'licenseflow notices test');
    assert.equal(receiver.received.length, 2);
    assert.equal(failed.length, 1, 'one of the two posts');
    assert.equal(failed[0]?.reason, 'The receiver answered with status 503.');
    assert.equal(channels.length, 3);
    assert.deepEqual(
      playground.tenant.mails.map(({ message }) => (message as { subject: string }).subject),
      ['Test: notices of licenseflow arrive here'],
    );
  });

  it('are looked at by doctor', async () => {
    await opened(all(), ['JohannaL@contoso.com']);
    const found = await playground.licenseflow.tenant.check();
    const verdicts = Object.fromEntries(found.map(({ check, verdict }) => [check, verdict]));
    assert.equal(verdicts['Notices'], 'ok');
    assert.equal(verdicts['Permission to send mail'], 'ok');
    assert.equal(verdicts['Mailbox of notices'], 'ok');
    assert.equal(verdicts['Webhook of notices'], 'warning', 'a plain address');
    assert.equal(verdicts['Operators'], undefined);
  });

  it('are missed by doctor where nobody would be told', async () => {
    await opened({});
    const notices = (await playground.licenseflow.tenant.check()).find(({ check }) => check === 'Notices');
    assert.equal(notices?.verdict, 'warning');
    assert.match(notices.remedy ?? '', /notices\.mail/);
    await playground.close();
    await opened(all());
    const operators = (await playground.licenseflow.tenant.check()).find(({ check }) => check === 'Operators');
    assert.equal(operators?.verdict, 'warning');
  });
});
