/** What notices about a request are made of. */
import type { Person } from '../domain/person.js';
import type { RequestView } from '../contracts/license-request.js';
import type { Audience, RequestFacts, RequestNoticeKind } from '../contracts/notice.js';
import { headline, planText, wishText } from '../contracts/request-story.js';

const ASKS_TO_DECIDE: readonly RequestNoticeKind[] = [
  'approval-asked',
  'approval-reminder',
  'approval-escalated',
  'approval-delegated',
];

export function requestFacts(
  view: RequestView,
  kind: RequestNoticeKind,
  to: Audience,
  reason: string | null,
): RequestFacts {
  const { requestId, subject, requester, request, plan, stage, waitsFor } = view;
  return {
    about: 'request',
    requestId,
    headline: headline(view),
    subject,
    requester,
    products: wishText(view),
    justification: request.justification,
    plan: plan === null ? [] : planText(plan),
    stage: stage === null ? null : (view.stages[stage]?.rule.name ?? null),
    until: waitsFor?.nextAt ?? null,
    reason,
    command: ASKS_TO_DECIDE.includes(kind)
      ? `licenseflow request approve ${requestId} --as ${nameIn(to)}`
      : `licenseflow explain ${requestId}`,
  };
}

function nameIn(to: Audience): string {
  const [only, ...more]: readonly Person[] = to === 'operators' ? [] : to;
  return only !== undefined && more.length === 0 ? only.userPrincipalName : 'YOUR-NAME@YOUR-DOMAIN';
}
