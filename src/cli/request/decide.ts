import { LicenseflowError } from '../../client/licenseflow-error.js';
import type { RequestView } from '../../contracts/license-request.js';
import { isFinal, questionOf } from '../../contracts/license-request.js';
import { headline, planText, stateText, termText } from '../../contracts/request-story.js';
import { shortDigest } from '../../domain/digest.js';
import type { ChangePlan } from '../../domain/plan.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Output } from '../output.js';
import { printCurrent } from '../request-summary.js';

export interface ApproveOptions {
  readonly as: string;
  /** First digits of the digest of the one plan that may be approved. */
  readonly plan?: string;
  readonly reason?: string;
}

export interface DenyOptions {
  readonly as: string;
  readonly reason: string;
}

/** Approves the plan that is shown, and no other: its digest goes with the decision. */
export async function approve(invocation: Invocation, options: ApproveOptions, requestId: string): Promise<ExitCode> {
  const { requests } = (await invocation.session()).licenseflow;
  const before = await requests.view(requestId);
  const { plan, digest, stage } = askedIn(before);
  if (options.plan !== undefined && !digest.startsWith(options.plan))
    throw planDiffers(requestId, options.plan, digest);
  showPlan(before, plan, invocation.out);
  await requests.decide(requestId, {
    actor: { ref: options.as, assurance: 'asserted' },
    verdict: 'approve',
    digest,
    stage,
    ...(options.reason !== undefined && { reason: options.reason }),
  });
  await printCurrent(requests, requestId, invocation.out);
  return EXIT.ok;
}

export async function deny(invocation: Invocation, { as, reason }: DenyOptions, requestId: string): Promise<ExitCode> {
  const { requests } = (await invocation.session()).licenseflow;
  const before = await requests.view(requestId);
  const { digest, stage } = askedIn(before);
  await requests.decide(requestId, {
    actor: { ref: as, assurance: 'asserted' },
    ...{ verdict: 'deny', digest, stage, reason },
  });
  await printCurrent(requests, requestId, invocation.out);
  return EXIT.ok;
}

/** What is decided: the plan, or the extension of a licence that is in force. */
function askedIn(view: RequestView): {
  readonly plan: ChangePlan;
  readonly digest: string;
  readonly stage: number | null;
} {
  const { requestId, plan, state } = view;
  const question = questionOf(view);
  if (plan !== null && question !== null) return { plan, ...question };
  const remedy =
    state === 'checking'
      ? `Try again in a moment; if it stays so: licenseflow explain ${requestId}`
      : `See what happened: licenseflow request show ${requestId}`;
  const message = `Request ${requestId} has no plan to decide about: it is ${stateText(state)}.`;
  throw new LicenseflowError('refused', 'NOT_WAITING', message, remedy);
}

/** What is about to be approved. Once a licence is in force that is another end, and the licence itself stands. */
function showPlan(view: RequestView, plan: ChangePlan, out: Output): void {
  if (isFinal(view.state)) return;
  const change = view.extensionQuestion === null ? [...planText(plan), ...seatLines(view)] : [];
  out.note(
    [`Approving: ${headline(view)}`, ...[...change, ...termText(view, out.time)].map((line) => `  ${line}`)].join('\n'),
  );
}

function seatLines({ seats, plan }: RequestView): readonly string[] {
  const held = (skuId: string) => seats.some((seat) => seat.skuId === skuId && seat.state === 'held');
  const needed = (plan?.skus ?? []).filter(({ skuId }) => plan?.seatsNeeded.includes(skuId));
  return needed.map(({ skuId, name }) => `Needs a seat of ${name}${held(skuId) ? ', which is held' : ''}.`);
}

function planDiffers(requestId: string, wanted: string, actual: string): LicenseflowError {
  return new LicenseflowError(
    'conflict',
    'PLAN_CHANGED',
    `The plan of request ${requestId} is ${shortDigest(actual)}, not ${wanted}. Nothing was approved.`,
    `Look at it, then decide: licenseflow request show ${requestId}`,
  );
}
