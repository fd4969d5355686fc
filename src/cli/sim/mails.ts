import { z } from 'zod';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Column, Output } from '../output.js';
import type { SimOptions } from './simulated-tenant.js';
import { simulatedTenant } from './simulated-tenant.js';

export interface MailsOptions extends SimOptions {
  readonly user?: string;
  readonly limit: number;
  readonly full?: true;
}

/** The `message` of `sendMail`, as far as it is shown. */
const Message = z.object({
  subject: z.string().default(''),
  body: z.object({ contentType: z.string().default('text'), content: z.string().default('') }).prefault({}),
  toRecipients: z.array(z.object({ emailAddress: z.object({ address: z.string() }) })).default([]),
});

interface ShownMail {
  readonly at: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

export async function showMails(invocation: Invocation, options: MailsOptions): Promise<ExitCode> {
  const { out } = invocation;
  const { user, limit, full } = options;
  const { control, tenant } = await simulatedTenant(invocation, options);
  const addressee = user === undefined ? null : await control.run(tenant, 'user', { user });
  const own = [addressee?.mail, addressee?.userPrincipalName].flatMap((address) => address?.toLowerCase() ?? []);
  const sent = await control.run(tenant, 'mails');
  const mails = sent
    .map(({ at, fromUserId, message }) => shown(at, fromUserId, Message.parse(message)))
    .filter(({ to }) => addressee === null || to.some((address) => own.includes(address.toLowerCase())))
    .slice(-limit);
  const senders = new Map<string, string>();
  for (const from of new Set(mails.map((mail) => mail.from)))
    senders.set(from, (await control.run(tenant, 'user', { user: from })).userPrincipalName);
  const items = mails.map((mail) => ({ ...mail, from: senders.get(mail.from) ?? mail.from }));
  await out.result('SimulatedMailList', { items }, () => (full ? inFull(items, out) : out.table(COLUMNS, items)));
  return EXIT.ok;
}

function shown(at: number, from: string, { subject, body, toRecipients }: z.output<typeof Message>): ShownMail {
  return {
    at: new Date(at).toISOString(),
    from,
    to: toRecipients.map(({ emailAddress }) => emailAddress.address),
    subject,
    text: body.contentType.toLowerCase() === 'html' ? textOf(body.content) : body.content,
  };
}

function inFull(mails: readonly ShownMail[], out: Output): void {
  for (const { at, from, to, subject, text } of mails) {
    out.fields([
      ['At', at],
      ['From', from],
      ['To', to.join(', ')],
      ['Subject', subject],
    ]);
    out.line(`\n${text}\n`);
  }
}

const COLUMNS: readonly Column<ShownMail>[] = [
  { title: 'AT', cell: ({ at }) => at },
  { title: 'FROM', cell: ({ from }) => from, wide: true },
  { title: 'TO', cell: ({ to }) => to.join(', ') },
  { title: 'SUBJECT', cell: ({ subject }) => subject },
];

/** What a person reads of a mail in HTML: enough for a terminal, and for no browser. */
function textOf(html: string): string {
  return html
    .replace(/<head>.*?<\/head>/gs, '')
    .replace(/<\/th>/g, ': ')
    .replace(/<li>/g, '- ')
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/\n{2,}/g, '\n')
    .trim();
}
