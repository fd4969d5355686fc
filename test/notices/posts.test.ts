/** Webhook and Teams, against a real receiver. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import type { NoticeChannel } from '../../src/activities/index.js';
import { logChannel } from '../../src/notices/log.js';
import { teamsChannel } from '../../src/notices/teams.js';
import type { WebhookBody } from '../../src/notices/webhook.js';
import { webhookChannel } from '../../src/notices/webhook.js';
import { ADELE, MEGAN, factsOf, noticeOf } from '../support/notice.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { until } from '../support/until.js';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const NEVER = new AbortController().signal;

describe('posts of notices', () => {
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.close());

  const webhook = () => webhookChannel({ url: receiver.url, secret: SECRET });
  const teams = () => teamsChannel({ url: receiver.url });

  describe('webhook', () => {
    it('posts the facts and the sentences, with a signature that the library accepts', async () => {
      const notice = noticeOf('denied', { to: [ADELE, MEGAN], facts: { reason: 'E3 is enough.' } });
      assert.equal(await webhook().deliver(notice, NEVER), 'taken');
      const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
      const content = new Webhook(SECRET).verify(body, headers) as WebhookBody;
      assert.equal(content.type, 'licenseflow.denied');
      assert.equal(content.data.key, notice.key);
      assert.deepEqual(content.data.to, [ADELE, MEGAN]);
      assert.deepEqual(content.data.facts, factsOf({ reason: 'E3 is enough.' }));
      assert.equal(content.data.message.subject, 'Denied: Visio Plan 2 for Adele Vance');
      assert.match(content.data.message.text, /E3 is enough\./);
      assert.equal(headers['content-type'], 'application/json');
    });

    it('is refused by the library where a single letter is another', async () => {
      await webhook().deliver(noticeOf(), NEVER);
      const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
      const verifier = new Webhook(SECRET);
      assert.throws(() => verifier.verify(body.replace('Visio', 'visio'), headers), WebhookVerificationError);
      const other = new Webhook(`whsec_${randomBytes(32).toString('base64')}`);
      assert.throws(() => other.verify(body, headers), WebhookVerificationError);
    });

    it('has one id for one notice, and another for each other one', async () => {
      const [notice, other] = [noticeOf(), noticeOf()];
      for (const told of [notice, { ...notice, perhapsSent: true } as const, other])
        await webhook().deliver(told, NEVER);
      const ids = receiver.received.map(({ headers }) => headers['webhook-id'] ?? '');
      assert.equal(ids[0], ids[1]);
      assert.notEqual(ids[0], ids[2]);
      for (const id of ids)
        assert.match(id, /^licenseflow_[0-9a-f]{32}$/, 'no full stop, which would blur the signature');
    });
  });

  const answers: [what: string, status: number, headers: Record<string, string>, againAfterMs: number | null][] = [
    ['passes: too many', 429, { 'retry-after': '12' }, 12_000],
    ['passes: not available', 503, {}, 0],
    ['passes: a fault of the server', 500, {}, 0],
    ['is for good: refused', 403, {}, null],
    ['is for good: gone', 410, {}, null],
    ['is for good: elsewhere', 302, { location: 'http://127.0.0.1:9/' }, null],
  ];
  for (const [name, channel] of [
    ['webhook', webhook],
    ['teams', teams],
  ] as [string, () => NoticeChannel][])
    for (const [what, status, headers, againAfterMs] of answers)
      it(`${name}: ${what} (${status})`, async () => {
        receiver.answer({ status, headers });
        assert.deepEqual(await channel().deliver(noticeOf(), NEVER), {
          reason: `The receiver answered with status ${status}.`,
          againAfterMs,
        });
        assert.equal(receiver.received.length, 1, 'neither repeated nor redirected');
      });

  it('a receiver that cannot be reached may be tried again, and its address is told to nobody', async () => {
    const gone = await startReceiver();
    await gone.close();
    for (const channel of [webhookChannel({ url: gone.url, secret: SECRET }), teamsChannel({ url: gone.url })]) {
      const failed = await channel.deliver(noticeOf(), NEVER);
      assert.ok(typeof failed === 'object');
      assert.equal(failed.againAfterMs, 0);
      assert.doesNotMatch(failed.reason, /s3cret/);
    }
  });

  it('a lost answer is no matter for a webhook, and the end for Teams, which cannot tell a repetition', async () => {
    receiver.answer('hang-up');
    const [repeatable, unknown] = [
      await webhook().deliver(noticeOf(), NEVER),
      await teams().deliver(noticeOf(), NEVER),
    ];
    assert.ok(typeof repeatable === 'object' && typeof unknown === 'object');
    assert.equal(repeatable.againAfterMs, 0);
    assert.equal(unknown.againAfterMs, null);
    assert.match(unknown.reason, /may have arrived/);
    for (const { reason } of [repeatable, unknown]) assert.doesNotMatch(reason, /s3cret/);
  });

  it('a receiver that never answers is left by its signal', async () => {
    receiver.answer('never');
    const controller = new AbortController();
    const answer = webhook().deliver(noticeOf(), controller.signal);
    await until(
      'the post to arrive',
      () => receiver.received.length,
      (count) => count === 1,
    );
    controller.abort();
    assert.deepEqual(await answer, { reason: 'The receiver did not answer in time.', againAfterMs: 0 });
  });

  describe('teams', () => {
    it('posts an adaptive card whose texts are no Markdown', async () => {
      const facts = { justification: '[click](https://evil.example) **now**' };
      assert.equal(await teams().deliver(noticeOf('approval-asked', { facts }), NEVER), 'taken');
      const [{ body } = { body: '{}' }] = receiver.received;
      const message = JSON.parse(body) as {
        type: string;
        attachments: { contentType: string; content: { type: string; version: string; body: { type: string }[] } }[];
      };
      assert.equal(message.type, 'message');
      const [attachment] = message.attachments;
      assert.equal(attachment?.contentType, 'application/vnd.microsoft.card.adaptive');
      assert.equal(attachment.content.type, 'AdaptiveCard');
      assert.deepEqual([...new Set(attachment.content.body.map(({ type }) => type))], ['RichTextBlock']);
      for (const part of [
        'Please decide: Visio Plan 2 for Adele Vance',
        '[click](https://evil.example) **now**',
        'approve lr-',
      ])
        assert.ok(body.includes(part), part);
    });

    it('stays below what Teams takes, however long the plan and the reasons are', async () => {
      const long = 'x'.repeat(5_000);
      const facts = { justification: long, reason: long, plan: Array.from({ length: 100 }, () => long) };
      await teams().deliver(noticeOf('needs-attention', { facts }), NEVER);
      assert.ok((receiver.received[0]?.body.length ?? 0) < 28 * 1024);
    });

    it('is not posted again after an attempt that was cut off', async () => {
      const answer = await teams().deliver({ ...noticeOf(), perhapsSent: true }, NEVER);
      assert.ok(typeof answer === 'object' && answer.againAfterMs === null);
      assert.equal(receiver.received.length, 0);
    });
  });

  it('doctor hears whether the address is encrypted, and only its host', async () => {
    const check = async (channel: NoticeChannel) => (await channel.check({ roles: null }))[0];
    const plain = await check(webhook());
    assert.equal(plain?.verdict, 'warning');
    assert.doesNotMatch(JSON.stringify(plain), /s3cret|hook\?/);
    const encrypted = await check(teamsChannel({ url: 'https://prod.example.com/workflows/x?sig=s3cret' }));
    assert.deepEqual([encrypted?.verdict, encrypted?.text], ['ok', 'Notices are posted to prod.example.com.']);
  });
});

describe('log channel', () => {
  it('writes one line of ids', async () => {
    const lines: unknown[] = [];
    const channel = logChannel({ info: (...line: unknown[]) => void lines.push(line) });
    const notice = noticeOf('denied', { to: [ADELE] });
    assert.equal(await channel.deliver(notice, NEVER), 'taken');
    assert.equal(await channel.deliver({ ...notice, to: 'operators' }, NEVER), 'taken');
    assert.deepEqual(lines, [
      [{ notice: notice.key, kind: 'denied', to: [ADELE.id] }, 'Notice'],
      [{ notice: notice.key, kind: 'denied', to: 'operators' }, 'Notice'],
    ]);
  });
});
