import type { RequestView } from '../contracts/license-request.js';

/** What can be done with a request now, as commands to copy. */
export function nextCommands(view: Pick<RequestView, 'requestId' | 'state' | 'waitsFor' | 'wrote'>): readonly string[] {
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
    case 'done':
      return wrote ? [`${request} rollback ${requestId} --dry-run`] : [];
    case 'active':
    case 'failed':
    case 'terminated':
      return [`${request} show ${requestId}`];
    case 'refused':
    case 'denied':
    case 'expired':
    case 'withdrawn':
    case 'ended':
      return [];
  }
}

/** A word as every shell reads it back, PowerShell included. */
function shellWord(word: string): string {
  return /^[\w@.+-]+$/u.test(word) ? word : `"${word}"`;
}
