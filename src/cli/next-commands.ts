import type { RequestView } from '../contracts/license-request.js';
import { extensionsLeft } from '../contracts/request-story.js';

/** What can be done with a request now, as commands to copy. */
export function nextCommands(
  view: Pick<RequestView, 'requestId' | 'state' | 'waitsFor' | 'wrote'> &
    Partial<Pick<RequestView, 'term' | 'extensionQuestion' | 'subject' | 'undone'>>,
): readonly string[] {
  const { requestId, state, waitsFor, wrote } = view;
  const request = `licenseflow request`;
  const [approver] = waitsFor?.who ?? [];
  switch (state) {
    case 'waiting-for-approval':
      return [
        `${request} approve ${requestId} --as ${shellWord(approver?.userPrincipalName ?? 'APPROVER')}`,
        `${request} wait ${requestId}`,
      ];
    case 'waiting-for-seat':
      return ['licenseflow waitlist', `${request} wait ${requestId}`];
    case 'checking':
    case 'preparing':
    case 'writing':
    case 'verifying':
    case 'assigned':
    case 'ending':
    case 'undoing':
      return [`${request} wait ${requestId}`];
    case 'active':
      return activeCommands(view, approver?.userPrincipalName);
    case 'done':
      return wrote ? [`${request} rollback ${requestId} --dry-run`] : [];
    case 'failed':
    case 'terminated':
      return [`${request} show ${requestId}`];
    case 'refused':
    case 'denied':
    case 'expired':
    case 'withdrawn':
      return [];
    case 'ended':
      return view.undone?.some(({ outcome }) => outcome === 'not-undone')
        ? [`${request} rollback ${requestId} --dry-run`]
        : [];
  }
}

function activeCommands(
  { requestId, term, extensionQuestion, subject }: Parameters<typeof nextCommands>[0],
  approver: string | undefined,
): readonly string[] {
  if (extensionQuestion) return [`licenseflow request approve ${requestId} --as ${shellWord(approver ?? 'APPROVER')}`];
  const who = shellWord(subject?.userPrincipalName ?? 'USER');
  return [
    ...(term && extensionsLeft(term) > 0
      ? [`licenseflow request extend ${requestId} --as ${who} --by 30d --reason TEXT`]
      : []),
    `licenseflow request withdraw ${requestId} --as ${who} --reason TEXT`,
  ];
}

/** A word as every shell reads it back, PowerShell included. */
function shellWord(word: string): string {
  return /^[\w@.+-]+$/u.test(word) ? word : `"${word}"`;
}
