import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { NoticeContent, RequestNoticeKind } from '../../src/contracts/notice.js';
import { english } from '../../src/notices/english.js';
import { html, plainText } from '../../src/notices/message.js';
import { ADELE, factsOf } from '../support/notice.js';

/** Said a second time: the test must not read the table of words. */
const KINDS: readonly RequestNoticeKind[] = [
  ...(['approval-asked', 'approval-reminder', 'approval-escalated', 'approval-delegated'] as const),
  ...(['denied', 'expired', 'withdrawn', 'waiting-for-seat', 'assigned', 'ready', 'failed'] as const),
  ...(['ending-soon', 'extended', 'ended', 'approvers-short', 'needs-attention'] as const),
];

describe('notices in English', () => {
  for (const kind of KINDS)
    it(`"${kind}" says what, who, why, until when and what to do`, () => {
      const message = english({ kind, facts: factsOf({ reason: 'Because of this.' }) }, 'Europe/Berlin');
      assert.match(message.subject, /Visio Plan 2 for Adele Vance/);
      for (const text of [plainText(message), html(message).replaceAll('&#60;', '<').replaceAll('&#62;', '>')])
        for (const part of [
          ...['Adele Vance <AdeleV@contoso.com>', 'Megan Bowen <MeganB@contoso.com>', 'Visio Plan 2'],
          ...['Floor plans for the new office', 'Because of this.', 'Wednesday 4 March 2026, 09:30 (UTC+01:00)'],
          ...['VISIOCLIENT', 'licenseflow request approve lr-20260301-k7m3q9 --as MeganB@contoso.com'],
        ])
          assert.ok(text.includes(part), `${part} in\n${text}`);
    });

  it('reads like a letter', () => {
    assert.equal(
      plainText(english({ kind: 'approval-asked', facts: factsOf() }, 'Europe/Berlin')),
      `Megan Bowen asks for Visio Plan 2 for Adele Vance. Your decision is asked for in stage "manager".

For:          Adele Vance <AdeleV@contoso.com>
Asked for by: Megan Bowen <MeganB@contoso.com>
Licence:      Visio Plan 2
What for:     Floor plans for the new office
Decide by:    Wednesday 4 March 2026, 09:30 (UTC+01:00)
Request:      lr-20260301-k7m3q9

The change in detail:
  + add Visio Plan 2 (VISIOCLIENT) with all plans
  Plan 7e06fb5d3ca6

Approve with this command; to say no, write "deny" instead of "approve" and add --reason:

  licenseflow request approve lr-20260301-k7m3q9 --as MeganB@contoso.com

-- 
You get this because you may decide about it. Sent by licenseflow.
`,
    );
  });

  it('leaves out what is not known, and does not name someone twice', () => {
    const facts = factsOf({ requester: ADELE, until: null, plan: [], stage: null, justification: ' ' });
    const text = plainText(english({ kind: 'approval-asked', facts }, 'UTC'));
    assert.match(text, /^Adele Vance asks for Visio Plan 2\. Your decision is asked for\.$/m);
    assert.doesNotMatch(text, /Decide by|What for|in detail|null|undefined/);
    const unknown = plainText(english({ kind: 'failed', facts: factsOf({ subject: null, requester: null }) }, 'UTC'));
    assert.doesNotMatch(unknown, /null|undefined/);
  });

  it('says how few seats are left', () => {
    const facts = { about: 'seats', skuId: 'x', product: 'Visio Plan 2', free: 1, below: 5, waiting: 3 } as const;
    const message = english({ kind: 'low-seats', facts }, 'UTC');
    assert.equal(message.subject, 'Few seats left: Visio Plan 2 (1)');
    assert.match(plainText(message), /^1 seat is free of Visio Plan 2\. The policy warns below 5\.$/m);
    assert.match(plainText(message), /Requests that wait: 3/);
  });

  it('has a subject of one line that is not too long', () => {
    const facts = factsOf({ products: `Visio\r\nBcc: everyone@contoso.com ${'x'.repeat(500)}` });
    const { subject } = english({ kind: 'assigned', facts }, 'UTC');
    assert.ok(subject.length <= 150);
    assert.doesNotMatch(subject, /[\r\n]/);
  });

  it('never lets what people typed become markup', () => {
    const evil = fc.string({ minLength: 1 }).map((text) => `<script>${text}"'&</td><a href=x>`);
    fc.assert(
      fc.property(evil, fc.constantFrom(...KINDS), (text, kind) => {
        const person = { ...ADELE, displayName: text };
        const facts = factsOf({
          ...{ subject: person, requester: person, products: text, justification: text, reason: text },
          ...{ plan: [text], stage: text, requestId: text, command: text },
        });
        const content: NoticeContent = { kind, facts };
        const page = html(english(content, 'UTC'));
        const tags = new Set([...page.matchAll(/<\/?([a-z!]+)/gi)].map(([, tag]) => tag));
        for (const tag of ['script', 'a']) assert.ok(!tags.has(tag), tag);
      }),
    );
  });
});
