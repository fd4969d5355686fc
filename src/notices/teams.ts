/**
 * Notices as Adaptive Cards for Microsoft Teams, posted to a workflow with the trigger "When a Teams webhook request is
 * received". Teams verifies no signature, so nothing is signed: whoever has the address can post.
 */
import type { NoticeChannel } from '../activities/index.js';
import { english } from './english.js';
import type { Message } from './message.js';
import { addressFinding, post } from './post.js';

/** Teams refuses messages above 28 KB; names and sentences are short, plans may be long. */
const PLAN_LINES_MAX = 15;
const TEXT_LENGTH_MAX = 500;

export function teamsChannel({ url }: { readonly url: string }): NoticeChannel {
  return {
    name: 'teams',

    async deliver(notice, signal) {
      if (notice.perhapsSent === true)
        return { reason: 'An attempt to post it was cut off, so it may have arrived.', againAfterMs: null };
      const body = JSON.stringify(card(english(notice, notice.timeZone)));
      return post({ url, body, repeatable: false }, signal);
    },

    check: () => Promise.resolve([addressFinding('Teams workflow of notices', url)]),
  };
}

function card({ subject, opening, details, plan, next, command, closing }: Message) {
  const lines = plan.lines.slice(0, PLAN_LINES_MAX);
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          // For clients that cannot show cards.
          fallbackText: subject,
          body: [
            text(subject, { weight: 'Bolder', size: 'Medium' }),
            ...opening.map((sentence) => text(sentence)),
            ...details.map(([label, value]) => runs([{ text: `${label}: `, weight: 'Bolder' }, { text: value }])),
            ...(lines.length === 0 ? [] : [text(plan.title, { weight: 'Bolder' }), ...lines.map((line) => text(line))]),
            text(next),
            text(command, { fontType: 'Monospace' }),
            text(closing, { isSubtle: true, size: 'Small' }),
          ],
        },
      },
    ],
  };
}

interface Run {
  readonly text: string;
  readonly weight?: 'Bolder';
  readonly size?: 'Small' | 'Medium';
  readonly fontType?: 'Monospace';
  readonly isSubtle?: true;
}

function text(content: string, style: Omit<Run, 'text'> = {}) {
  return runs([{ text: content, ...style }]);
}

/** Rich text and not a text block: that one reads Markdown, and a name or a reason must not become a link. */
function runs(inlines: readonly Run[]) {
  return {
    type: 'RichTextBlock',
    inlines: inlines.map((run) => ({ type: 'TextRun', ...run, text: run.text.slice(0, TEXT_LENGTH_MAX) })),
  };
}
