import type { Submitted } from '../../client/license-requests.js';
import type { LicenseRequest } from '../../contracts/license-request.js';
import { stateText } from '../../contracts/request-story.js';
import { nameOf } from '../../domain/person.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT, exitCodeOfRequest } from '../exit-codes.js';
import { usageError } from '../error-report.js';
import { instantOf } from '../instant.js';
import type { Invocation } from '../invocation.js';
import { nextCommands } from '../next-commands.js';
import type { Cell, Output } from '../output.js';
import { readAssignLicenseBody } from './assign-license-body.js';
import { repeatable } from './repeatable.js';
import { newRequestId } from '../../client/request-id.js';
import type { SubjectOptions } from './subjects.js';
import { subjectsOf } from './subjects.js';
import { submitBatch } from './submit-batch.js';
import { WAIT_MS, waitForEnd } from './wait.js';
import type { WishOptions } from './wish.js';
import { losingOf, wishOf } from './wish.js';

export interface SubmitOptions extends WishOptions, SubjectOptions {
  readonly as?: string;
  readonly body?: string;
  /** Milliseconds. */
  readonly term?: number;
  readonly until?: string;
  readonly usageLocation?: string;
  readonly reason: string;
  readonly id?: string;
  /** Milliseconds; `true` without a duration. */
  readonly wait?: number | true;
  readonly assigned?: true;
}

export async function submit(invocation: Invocation, options: SubmitOptions): Promise<ExitCode> {
  if (options.assigned && options.wait === undefined)
    throw usageError('--assigned says how long to wait, and --wait is missing.', 'Add --wait, or leave both out.');
  if (options.body === '-' && options.forFile === '-')
    throw usageError('Both --body and --for-file read stdin.', 'Give one of them a file.');
  const { people, repeated } = await subjectsOf(options, invocation.deps);
  const [subject = '', ...others] = people;
  const request = await requestOf(options, subject, invocation);
  if (options.forFile === undefined && others.length === 0) return submitOne(invocation, options, request);

  if (options.as === undefined)
    throw usageError('Several people are named, and nobody who asks for them.', 'Say who asks: --as USER');
  if (options.wait !== undefined)
    throw usageError(
      '--wait is for one person.',
      'Leave it out, then follow all of them: licenseflow request list --batch ID',
    );
  if (repeated > 0) invocation.out.note(`${repeated} named more than once; each person is asked for once.`);
  const { requestId: batchId, subject: _first, ...wish } = request;
  return submitBatch(invocation, { ...wish, batchId, subjects: people }, options.id);
}

async function submitOne(invocation: Invocation, options: SubmitOptions, request: LicenseRequest): Promise<ExitCode> {
  const { licenseflow } = await invocation.session();
  const submitted = await repeatable(options.id, request.requestId, () =>
    licenseflow.requests.submit(request, { ref: request.requester, assurance: 'asserted' }),
  );
  const waits = options.wait !== undefined && submitted.outcome !== 'refused';
  if (waits)
    return waitForEnd(
      invocation,
      request.requestId,
      options.wait === true ? WAIT_MS : (options.wait ?? WAIT_MS),
      options.assigned === true ? 'assigned' : 'done',
    );
  await printSubmitted(submitted, invocation.out);
  return exitCodeOf(submitted);
}

async function requestOf(options: SubmitOptions, subject: string, { deps }: Invocation): Promise<LicenseRequest> {
  const wish =
    options.body === undefined
      ? wishOf(options)
      : { ...(await readAssignLicenseBody(options.body, deps)), ...losingOf(options.losing) };
  return {
    requestId: options.id ?? newRequestId(new Date()),
    requester: options.as ?? subject,
    subject,
    ...wish,
    ...(options.term !== undefined && { termMs: options.term }),
    ...(options.until !== undefined && { endsAt: endText(options.until, deps.timeZone) }),
    ...(options.usageLocation !== undefined && { usageLocation: options.usageLocation }),
    justification: options.reason,
  };
}

function endText(until: string, timeZone: string | undefined): string {
  return new Date(instantOf('--until', until, { now: Date.now(), timeZone, isEnd: true })).toISOString();
}

async function printSubmitted(submitted: Submitted, out: Output): Promise<void> {
  await out.result('RequestSubmitted', submitted, () => out.fields(fieldsOf(submitted, out)));
  const { requestId } = submitted;
  if (submitted.outcome === 'recorded') return out.next(`licenseflow request wait ${requestId}`, 'licenseflow doctor');
  if (submitted.outcome === 'accepted') out.next(...nextCommands({ ...submitted, wrote: false }));
}

function fieldsOf(submitted: Submitted, out: Output): readonly (readonly [string, Cell])[] {
  const { requestId } = submitted;
  if (submitted.outcome === 'recorded')
    return [
      ['Request', requestId],
      ['State', 'recorded, and not checked yet; if no worker runs, one that starts goes on with it'],
    ];
  const { state, waitsFor, problems } = submitted;
  return [
    ['Request', requestId],
    ['State', stateText(state)],
    ...problems.map(({ message, remedy, code }) => ['Problem', `${message} ${remedy} (${code})`] as const),
    ['Waits for', waitsFor?.what ?? null],
    ['Who can act', waitsFor?.who.map(nameOf).join(', ') ?? null],
    ['Next', waitsFor?.nextAt ? `at ${out.time(waitsFor.nextAt)}, ${waitsFor.then}` : (waitsFor?.then ?? null)],
  ];
}

/** Accepted is a success even while it waits; an earlier identical request that has ended counts as it ended. */
function exitCodeOf(submitted: Submitted): ExitCode {
  if (submitted.outcome === 'recorded') return EXIT.pending;
  const code = exitCodeOfRequest({ state: submitted.state, undone: [] });
  return code === EXIT.pending ? EXIT.ok : code;
}
