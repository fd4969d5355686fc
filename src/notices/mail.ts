/** Notices as mails from a mailbox of the tenant, through Graph's `sendMail`. */
import type { ChannelAnswer, NoticeChannel, NoticeForChannel } from '../activities/index.js';
import type { Finding } from '../contracts/tenant.js';
import { describeFailure, meaningOf } from '../domain/failures.js';
import type { GraphGateway } from '../graph/gateway.js';
import { GraphFailure } from '../graph/gateway.js';
import { english } from './english.js';
import { html, plainText } from './message.js';

/** Exchange Online takes no more in one message. */
const RECIPIENTS_MAX = 500;

/**
 * One mail to everybody who is told, so that they see who else knows. Graph has no idempotency key for mails: one whose
 * outcome is unknown may have arrived, and is not sent again.
 *
 * @param from mailbox that sends, as object id or user principal name.
 */
export function mailChannel(from: string, graph: GraphGateway): NoticeChannel {
  return {
    name: 'mail',

    async deliver(notice: NoticeForChannel, signal: AbortSignal): Promise<ChannelAnswer> {
      if (notice.recipients.length === 0) return 'nobody-to-tell';
      if (notice.perhapsSent === true) return forGood('An attempt to send it was cut off, so it may have arrived.');
      let sending = false;
      try {
        const to = await addressesOf(notice.recipients.slice(0, RECIPIENTS_MAX), graph, signal);
        if (to.length === 0) return forGood('None of the people has a mail address.');
        const message = english(notice, notice.timeZone);
        const { subject } = message;
        sending = true;
        await graph.sendMail({ from, to, subject, text: plainText(message), html: html(message) }, { signal });
        return 'taken';
      } catch (error) {
        if (error instanceof GraphFailure) return refusal(error);
        if (!signal.aborted) throw error;
        return sending
          ? forGood('Sending was cut off, so it may have arrived.')
          : { reason: 'Microsoft Graph did not answer in time.', againAfterMs: 0 };
      }
    },

    check: async ({ roles }) => [permissionFinding(roles), await mailboxFinding(from, graph)],
  };
}

async function addressesOf(
  recipients: readonly string[],
  graph: GraphGateway,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const addresses = await Promise.all(recipients.map((person) => addressOf(person, graph, signal)));
  return [...new Set(addresses.filter((address) => address !== null))];
}

/** As the directory says now; `null` for someone who is gone, or a guest without mail. */
async function addressOf(person: string, graph: GraphGateway, signal: AbortSignal): Promise<string | null> {
  try {
    const { mail, userPrincipalName, userType } = await graph.user(person, { signal });
    return mail ?? (userType === 'Guest' ? null : userPrincipalName);
  } catch (error) {
    if (error instanceof GraphFailure && error.failure.code === 'USER_NOT_FOUND') return null;
    throw error;
  }
}

function refusal({ failure }: GraphFailure): ChannelAnswer {
  const { handling, remedy } = meaningOf(failure.code);
  if (failure.code === 'OUTCOME_UNKNOWN') return forGood(`${failure.message} It may have arrived.`);
  return handling === 'retry'
    ? { reason: describeFailure(failure), againAfterMs: failure.retryAfterMs ?? 0 }
    : forGood(`${describeFailure(failure)} ${remedy}`);
}

function forGood(reason: string): ChannelAnswer {
  return { reason, againAfterMs: null };
}

function permissionFinding(roles: readonly string[] | null): Finding {
  const check = 'Permission to send mail';
  if (roles === null)
    return { check, verdict: 'warning', text: 'The token does not show its permissions.', remedy: MAIL_REMEDY };
  return roles.includes('Mail.Send')
    ? { check, verdict: 'ok', text: 'Mail.Send is granted.', remedy: null }
    : { check, verdict: 'failed', text: 'Mail.Send is not granted, so nobody gets mails.', remedy: MAIL_REMEDY };
}

const MAIL_REMEDY =
  'Grant Mail.Send to the application, for this mailbox alone (Role Based Access Control for Applications in Exchange Online).';

async function mailboxFinding(from: string, graph: GraphGateway): Promise<Finding> {
  const check = 'Mailbox of notices';
  try {
    const { userPrincipalName } = await graph.user(from);
    return { check, verdict: 'ok', text: `Notices are sent from ${userPrincipalName}.`, remedy: null };
  } catch (error) {
    if (!(error instanceof GraphFailure)) throw error;
    return {
      check,
      verdict: 'failed',
      text: `The mailbox ${from} cannot be found: ${describeFailure(error.failure)}`,
      remedy: 'Correct notices.mail.from, the mailbox that notices are sent from.',
    };
  }
}
