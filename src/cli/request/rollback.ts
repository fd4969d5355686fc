import { LicenseflowError } from '../../client/licenseflow-error.js';
import { rollbackRefusal } from '../../client/rollback-refusal.js';
import type { RequestView } from '../../contracts/license-request.js';
import type { RollbackView } from '../../contracts/license-rollback.js';
import { headline, rollbackExplanation, rollbackHeadline } from '../../contracts/request-story.js';
import { ask, mayAsk } from '../confirmation.js';
import { DETACHED, untilDetached } from '../detachable.js';
import { usageError } from '../error-report.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT, exitCodeOfRollback } from '../exit-codes.js';
import type { Invocation, LicenseflowCalls } from '../invocation.js';
import type { Output } from '../output.js';
import type { RollbackPreview } from './rollback-preview.js';
import { previewRollback, previewText } from './rollback-preview.js';
import { WAIT_MS } from './wait.js';

export interface RollbackCommandOptions {
  readonly as?: string;
  readonly reason?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly confirm?: string;
  readonly wait?: number | true;
  readonly seatWait?: number;
}

/** How long a rollback waits for a seat where nothing was said: a week. */
const SEAT_WAIT_MS = 7 * 24 * 60 * 60 * 1_000;

export async function rollback(
  invocation: Invocation,
  options: RollbackCommandOptions,
  requestId: string,
): Promise<ExitCode> {
  if (options.dryRun) return dryRun(invocation, requestId);
  const { actor, reason } = whoAndWhy(options);
  assertConfirmable(invocation, options, requestId);
  const { licenseflow } = await invocation.session();
  await confirmed(invocation, options, requestId, licenseflow);
  await licenseflow.requests.rollback(requestId, { actor, reason, seatWaitMs: options.seatWait ?? SEAT_WAIT_MS });
  return options.wait === undefined
    ? started(invocation, requestId, licenseflow)
    : waitForRollback(invocation, requestId, options.wait === true ? WAIT_MS : options.wait, licenseflow);
}

async function dryRun({ session, out }: Invocation, requestId: string): Promise<ExitCode> {
  const { requests, tenant } = (await session()).licenseflow;
  const view = await requests.view(requestId);
  const refusal = rollbackRefusal(view);
  if (refusal !== null) throw refusal;
  const preview = previewRollback(view, await tenant.seats());
  if (preview === null) throw new Error(`Request ${requestId} is done and has no plan.`);
  await out.result('RollbackPreview', preview, () => out.fields(previewFields(view, preview)));
  out.note('Nothing was changed.');
  out.next(`licenseflow request rollback ${requestId} --as USER --reason TEXT --confirm ${requestId}`);
  return EXIT.ok;
}

function previewFields(view: RequestView, preview: RollbackPreview): readonly (readonly [string, string])[] {
  const lines = view.plan === null ? [] : previewText(preview, view.plan);
  return [
    ['Request', view.requestId],
    ['Summary', headline(view)],
    ...lines.map((line) => ['Rollback', line] as const),
  ];
}

function whoAndWhy({ as, reason }: RollbackCommandOptions) {
  if (as === undefined)
    throw usageError('--as is missing: say who takes the request back.', 'Or look first: --dry-run');
  if (reason === undefined) throw usageError('--reason is missing: say why.', 'Or look first: --dry-run');
  return { actor: { ref: as, assurance: 'asserted' }, reason } as const;
}

function assertConfirmable(invocation: Invocation, { yes, confirm }: RollbackCommandOptions, requestId: string): void {
  if (confirm !== undefined && confirm !== requestId)
    throw usageError(
      `--confirm names ${confirm}, and the request is ${requestId}. Nothing was done.`,
      'Compare the two.',
    );
  const asks = mayAsk(invocation) || (yes === true && invocation.deps.stdin.isTTY === true);
  if (confirm === undefined && !asks)
    throw usageError('A rollback has to be confirmed, and there is nobody to ask.', `Add: --confirm ${requestId}`);
}

/** On a terminal: shows what would happen and lets the request id be typed. */
async function confirmed(
  invocation: Invocation,
  { yes, confirm }: RollbackCommandOptions,
  requestId: string,
  { requests, tenant }: LicenseflowCalls,
): Promise<void> {
  if (confirm !== undefined || yes === true) return;
  const view = await requests.view(requestId);
  const preview = previewRollback(view, await tenant.seats());
  // Then there is nothing to confirm, and the call itself says why.
  if (preview === null || view.plan === null) return;
  invocation.out.note([headline(view), ...previewText(preview, view.plan).map((line) => `  ${line}`)].join('\n'));
  const typed = await ask(invocation, `Type the request id to roll it back: `);
  if (typed !== requestId) throw usageError('That is not the request id. Nothing was done.', 'Run the command again.');
}

async function started({ out }: Invocation, requestId: string, { requests }: LicenseflowCalls): Promise<ExitCode> {
  const now = await requests.rollbackView(requestId);
  if (now !== null) await printRollback(now, out);
  out.next(`licenseflow request show ${requestId}`);
  return EXIT.ok;
}

async function waitForRollback(
  { out, deps }: Invocation,
  requestId: string,
  withinMs: number,
  { requests }: LicenseflowCalls,
): Promise<ExitCode> {
  out.note(`Waiting for the end of the rollback. Ctrl-C ends only the waiting.`);
  const ended = await untilDetached(deps, inTime(requestId, requests.waitForRollback(requestId, withinMs)));
  if (ended === DETACHED) {
    out.note(`Stopped waiting; the rollback of request ${requestId} goes on.`);
    out.next(`licenseflow request show ${requestId}`);
    return EXIT.interrupted;
  }
  await printRollback(ended, out);
  return exitCodeOfRollback(ended.state);
}

async function inTime<T>(requestId: string, ending: Promise<T>): Promise<T> {
  try {
    return await ending;
  } catch (error) {
    if (!(error instanceof LicenseflowError) || error.kind !== 'unanswered') throw error;
    throw new LicenseflowError(
      'unanswered',
      'STILL_OPEN',
      `The rollback of request ${requestId} has not ended yet.`,
      `See why: licenseflow explain ${requestId}`,
      { cause: error },
    );
  }
}

async function printRollback(view: RollbackView, out: Output): Promise<void> {
  await out.result('Rollback', view, () =>
    out.fields([
      ['Request', view.requestId],
      ['Summary', rollbackHeadline(view)],
      ...rollbackExplanation(view, out.time).map((line) => ['Now', line] as const),
    ]),
  );
}
