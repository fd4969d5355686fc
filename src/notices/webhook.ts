/** Notices as JSON for a program, signed by the rules of Standard Webhooks (standardwebhooks.com). */
import { Webhook } from 'standardwebhooks';
import type { NoticeChannel } from '../activities/index.js';
import type { NoticeInput, NoticeKind } from '../contracts/notice.js';
import { digestOf } from '../domain/digest.js';
import type { Person } from '../domain/person.js';
import { english } from './english.js';
import { plainText } from './message.js';
import { addressFinding, post } from './post.js';

/** Body of a post. The id by which a receiver knows a repetition is the header `webhook-id`. */
export interface WebhookBody {
  readonly type: `licenseflow.${NoticeKind}`;
  readonly data: {
    readonly key: string;
    readonly to: readonly Person[] | 'operators';
    readonly facts: NoticeInput['facts'];
    readonly message: { readonly subject: string; readonly text: string };
  };
}

/** @param secret `whsec_` and 24 to 64 bytes in base64. */
export function webhookChannel({ url, secret }: { readonly url: string; readonly secret: string }): NoticeChannel {
  const signer = new Webhook(secret);
  return {
    name: 'webhook',

    async deliver(notice, signal) {
      const { kind, key, to, facts, timeZone } = notice;
      const message = english(notice, timeZone);
      const content: WebhookBody = {
        type: `licenseflow.${kind}`,
        data: { key, to, facts, message: { subject: message.subject, text: plainText(message) } },
      };
      const body = JSON.stringify(content);
      const id = webhookId(key);
      const now = new Date();
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': signer.sign(id, now, body),
      };
      return post({ url, headers, body, repeatable: true }, signal);
    },

    check: () => Promise.resolve([addressFinding('Webhook of notices', url)]),
  };
}

/** The same for the same notice, and without a full stop, which would make the signature ambiguous. */
export function webhookId(key: string): string {
  return `licenseflow_${digestOf(key).slice(0, 32)}`;
}
