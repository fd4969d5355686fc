/** A story that is told step by step by the test: what a request does with its notices, without the request. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  setHandler,
} from '@temporalio/workflow';
import { nameOf } from '../../src/domain/person.js';
import type { Person } from '../../src/domain/person.js';
import { openApproval } from '../../src/domain/approval.js';
import type { Stage } from '../../src/domain/approval.js';
import type { LicenseRequestInput, RequestState, RequestView } from '../../src/contracts/license-request.js';
import type { Audience, CarriedNotices, RequestNoticeKind } from '../../src/contracts/notice.js';
import { RequestNotices } from '../../src/workflows/request-notices.js';
import { later } from '../../src/workflows/instants.js';
import { RequestRecord } from '../../src/workflows/request-record.js';

export interface StoryInput {
  readonly request: LicenseRequestInput;
  readonly person: Person;
  readonly stage: Stage;
  readonly carried?: CarriedNotices;
}

export type Step =
  | { readonly tell: RequestNoticeKind; readonly to: Audience; readonly occasion?: string; readonly reason?: string }
  | { readonly enter: RequestState }
  /** Continues as new; what waits, waits so long from then on, or as it did. */
  | { readonly 'continue-with-wait-ms': number | null }
  | 'end';

export const step = defineSignal<[step: Step]>('step');
export const view = defineQuery<RequestView>('view');

export async function noticeStory(input: StoryInput): Promise<RequestView> {
  const { request, person, stage, carried } = input;
  const record = new RequestRecord(request);
  record.requester = person;
  record.subject = person;
  record.approval = openApproval({
    requester: person,
    subject: person,
    digest: '',
    assertedDecisions: 'allow',
    stages: [stage],
  });
  const notices = new RequestNotices(record, request.pace, carried);
  const steps: Step[] = [];
  setHandler(step, (next) => void steps.push(next));
  setHandler(view, () => record.view());
  record.enter('waiting-for-approval', `${nameOf(person)} waits.`, null);
  try {
    for (;;) {
      await condition(() => steps.length > 0);
      const next = steps.shift();
      if (next === undefined || next === 'end') break;
      if ('continue-with-wait-ms' in next) {
        await notices.settled();
        await condition(allHandlersFinished);
        const waitMs = next['continue-with-wait-ms'];
        const left = notices.carry();
        const waiting = left.waiting.map((notice) => (waitMs === null ? notice : { ...notice, until: later(waitMs) }));
        await continueAsNew<typeof noticeStory>({ ...input, carried: { ...left, waiting } });
      } else if ('enter' in next) record.enter(next.enter, `It is ${next.enter}.`, null);
      else {
        const { tell, to, ...details } = next;
        notices.tell(tell, to, details);
      }
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
  await CancellationScope.nonCancellable(() => notices.sent());
  return record.view();
}
