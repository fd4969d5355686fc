import assert from 'node:assert/strict';
import type { NoticeChannel } from '../../src/activities/index.js';
import type { GraphGateway } from '../../src/graph/gateway.js';
import { mailChannel } from '../../src/notices/mail.js';
import { SEED_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { noticeOf } from '../support/notice.js';
import { Playground } from '../support/playground.js';
import { until } from '../support/until.js';

const FROM = PEOPLE.information.userPrincipalName;
const { megan, adele, priya } = PEOPLE;
const NEVER = new AbortController().signal;

interface SentMessage {
  readonly subject: string;
  readonly body: { readonly contentType: string; readonly content: string };
  readonly toRecipients: readonly { readonly emailAddress: { readonly address: string } }[];
}

describe('mail channel', () => {
  let playground: Playground;
  let graph: GraphGateway;
  let channel: NoticeChannel;

  beforeEach(async () => {
    playground = await Playground.open({ idle: true });
    graph = await playground.gateway();
    channel = mailChannel(FROM, graph);
  });

  const mails = () =>
    playground.tenant.mails.map(({ fromUserId, message }) => ({ fromUserId, ...(message as SentMessage) }));
  const addressees = () =>
    mails().map(({ toRecipients }) => toRecipients.map(({ emailAddress }) => emailAddress.address));
  const faultOfMail = (fault: Parameters<typeof playground.tenant.addFault>[0]['fault']) =>
    playground.tenant.addFault({ match: { method: 'POST', path: '/users/*/sendMail' }, times: 1, fault });

  it('sends one mail to everybody, at the addresses that the directory has now', async () => {
    playground.tenant.updateUser(adele.userPrincipalName, { mail: 'adele.vance@contoso.com' });
    const recipients = [megan.id, adele.userPrincipalName, megan.userPrincipalName, priya.id];
    assert.equal(await channel.deliver(noticeOf('approval-asked', { recipients }), NEVER), 'taken');
    const [mail] = mails();
    assert.equal(mail?.fromUserId, PEOPLE.information.id);
    assert.equal(mail.subject, 'Please decide: Visio Plan 2 for Adele Vance');
    assert.equal(mail.body.contentType, 'HTML');
    assert.match(mail.body.content, /Floor plans for the new office/);
    assert.deepEqual(addressees(), [
      [megan.mail ?? megan.userPrincipalName, 'adele.vance@contoso.com', 'priya@fabrikam.com'],
    ]);
  });

  it('leaves out who is gone, and says so where nobody is left', async () => {
    const gone = playground.hire();
    playground.tenant.deleteUser(gone.id);
    assert.equal(await channel.deliver(noticeOf('denied', { recipients: [gone.id, megan.id] }), NEVER), 'taken');
    assert.equal(addressees().flat().length, 1);
    assert.deepEqual(await channel.deliver(noticeOf('denied', { recipients: [gone.id] }), NEVER), {
      reason: 'None of the people has a mail address.',
      againAfterMs: null,
    });
    assert.equal(await channel.deliver(noticeOf('denied', { recipients: [] }), NEVER), 'nobody-to-tell');
  });

  it('may be tried again after a refusal, as late as Outlook says', async () => {
    faultOfMail({ kind: 'throttle', retryAfterSeconds: 7, code: 'TooManyRequests' });
    const refused = await channel.deliver(noticeOf(), NEVER);
    assert.ok(typeof refused === 'object');
    assert.equal(refused.againAfterMs, 7_000);
    assert.match(refused.reason, /THROTTLED/);
    assert.equal(playground.pacer.pausedForMs(), 0, 'licence writes go on');
    assert.equal(await channel.deliver(noticeOf(), NEVER), 'taken');
    assert.equal(mails().length, 1);
  });

  it('is not tried again where the answer was lost, or an attempt was cut off', async () => {
    faultOfMail({ kind: 'lost-response' });
    const lost = await channel.deliver(noticeOf(), NEVER);
    assert.ok(typeof lost === 'object');
    assert.equal(lost.againAfterMs, null);
    assert.match(lost.reason, /may have arrived/);
    assert.equal(mails().length, 1, 'it was sent');
    const after = await channel.deliver({ ...noticeOf(), perhapsSent: true }, NEVER);
    assert.ok(typeof after === 'object' && after.againAfterMs === null);
    assert.equal(mails().length, 1);
  });

  it('is cut off by its signal: known to be unsent before, and unknown while it is sent', async () => {
    const cut = async (path: string) => {
      const fault = playground.tenant.addFault({ match: { path }, times: 1, fault: { kind: 'delay', ms: 60_000 } });
      const controller = new AbortController();
      const answer = channel.deliver(noticeOf(), controller.signal);
      await until(
        'the call to arrive',
        () => playground.tenant.listFaults().find(({ id }) => id === fault)?.happened,
        (times) => times === 1,
      );
      controller.abort();
      return answer;
    };
    assert.deepEqual(await cut(`/users/${megan.id}`), {
      reason: 'Microsoft Graph did not answer in time.',
      againAfterMs: 0,
    });
    const sending = await cut('/users/*/sendMail');
    assert.ok(typeof sending === 'object');
    assert.equal(sending.againAfterMs, null);
  });

  it('without permission says who has to do what, and does not try again', async () => {
    playground.tenant.putApplication({
      ...SEED_APPLICATION,
      roles: SEED_APPLICATION.roles.filter((role) => role !== 'Mail.Send'),
    });
    const own = mailChannel(FROM, await playground.gateway());
    const refused = await own.deliver(noticeOf(), NEVER);
    assert.ok(typeof refused === 'object');
    assert.equal(refused.againAfterMs, null);
    const [permission, mailbox] = await own.check({ roles: ['User.Read.All'] });
    assert.equal(permission?.verdict, 'failed');
    assert.match(permission.remedy ?? '', /Grant Mail\.Send/);
    assert.equal(mailbox?.verdict, 'ok');
  });

  it('finds out for doctor that the mailbox is missing', async () => {
    const [permission, mailbox] = await mailChannel('nobody@contoso.com', graph).check({ roles: ['Mail.Send'] });
    assert.equal(permission?.verdict, 'ok');
    assert.equal(mailbox?.verdict, 'failed');
    assert.match(mailbox.text, /nobody@contoso\.com/);
  });
});
