import type { LeaseRow } from '../../client/seat-pools.js';
import type { StageProgress } from '../../domain/approval.js';
import { approversOf } from '../../domain/approval.js';
import type { RequestView } from '../../contracts/license-request.js';
import type { RollbackView } from '../../contracts/license-rollback.js';
import { planText, rollbackExplanation, rollbackHeadline } from '../../contracts/request-story.js';
import { stageHistory } from '../../contracts/stage-story.js';
import { nameOf } from '../../domain/person.js';
import type { Person } from '../../domain/person.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { nextCommands } from '../next-commands.js';
import type { Cell, Output } from '../output.js';
import { summaryFields } from '../request-summary.js';
import { placeLine, placesOf } from '../seats/places.js';

type Field = readonly [string, Cell];

export async function show({ session, out }: Invocation, _options: object, requestId: string): Promise<ExitCode> {
  const { requests, seats } = (await session()).licenseflow;
  const view = await requests.view(requestId);
  const rollback = view.state === 'done' || view.state === 'ended' ? await requests.rollbackView(requestId) : null;
  const places = await placesOf(view, rollback, { seats });
  await out.result('Request', { ...view, rollback, places }, () => out.fields(fieldsOf(view, rollback, places, out)));
  if (rollback === null) out.next(...nextCommands(view));
  return EXIT.ok;
}

function fieldsOf(
  view: RequestView,
  rollback: RollbackView | null,
  places: readonly LeaseRow[],
  out: Output,
): readonly Field[] {
  const { request, submittedBy, requester, subject, plan, revision, graphRequestIds, timeline } = view;
  const person = (known: Person | null, typed: string): string => (known === null ? typed : personText(known, out));
  return [
    ...summaryFields(view, out),
    ['For', person(subject, request.subject)],
    ['Requested by', `${person(requester, request.requester)} (${submittedBy.assurance})`],
    ['Reason', request.justification],
    ...(plan === null ? [] : planText(plan)).map((line): Field => ['Plan', line]),
    ['Revision', revision > 1 ? `${revision} (the tenant changed, so the plan was made again)` : null],
    ...(out.verbose ? (plan?.skus ?? []) : []).map(({ skuId, skuPartNumber }): Field => [skuPartNumber, skuId]),
    ...view.stages.flatMap((stage, i) => stageFields(stage, i, view.stage, out)),
    ...(view.extensionQuestion?.stages ?? []).flatMap((stage, i) =>
      stageFields(stage, i, view.extensionQuestion?.stage ?? null, out).map(([label, cell]): Field => [
        `${label} (extension)`,
        cell,
      ]),
    ),
    ...view.seats.map(({ name, state, since }): Field => ['Seat', `${name}: ${state} since ${out.time(since)}`]),
    ...places.map((place): Field => ['Wait-list', placeLine(place, view, out)]),
    ...graphRequestIds.map((id): Field => ['Graph request-id', id]),
    ...(rollback === null ? [] : rollbackFields(rollback, out)),
    ...timeline.map(({ at, text }): Field => ['Timeline', `${out.time(at)}  ${text}`]),
  ];
}

function stageFields(stage: StageProgress, index: number, current: number | null, out: Output): readonly Field[] {
  const { rule, decisions } = stage;
  const waits = index === current;
  const needed = rule.requirements
    .map(({ quorum }) => (quorum === 1 ? 'one approval' : `${quorum} approvals`))
    .join(' and ');
  const where = waits ? ', waits now' : '';
  const decided = decisions.map(({ by, verdict, assurance, reason, at }): Field => {
    const why = reason === null ? '' : `: ${reason}`;
    const word = verdict === 'approve' ? 'approved' : 'denied';
    return ['', `  ${word} by ${personText(by, out)} (${assurance}) at ${out.time(at)}${why}`];
  });
  // Of the stage that waits the summary tells these already.
  const past = waits ? [] : stageHistory(stage, out.time);
  return [
    [
      `Stage ${index + 1}`,
      `${rule.name}: ${needed}${where}; may decide: ${
        approversOf(stage)
          .map((person) => personText(person, out))
          .join(', ') || 'nobody'
      }`,
    ],
    ...decided.map(([, text]): Field => [`Stage ${index + 1}`, text]),
    ...past.map((text): Field => [`Stage ${index + 1}`, `  ${text}`]),
  ];
}

function rollbackFields(rollback: RollbackView, out: Output): readonly Field[] {
  return [rollbackHeadline(rollback), ...rollbackExplanation(rollback, out.time)].map((line) => ['Rollback', line]);
}

function personText(person: Person, out: Output): string {
  return out.verbose ? `${nameOf(person)} ${person.id}` : nameOf(person);
}
