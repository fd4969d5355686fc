/** Tells people what happened to a request, in the background: a notice never holds a request up, and never fails it. */
import type { Audience, NoticeKind } from '../contracts/notice.js';
import type { Pace } from '../contracts/pace.js';
import type { RequestRecord } from './request-record.js';

/** What one run hands to the next when it continues as new. */
export type CarriedNotices = Readonly<Record<string, never>>;

export class RequestNotices {
  constructor(_record: RequestRecord, _pace: Pace, _carried?: CarriedNotices) {}

  /**
   * @param occasion tells notices of one kind apart (a stage, the n-th reminder); nobody is told the same twice.
   * @param reason why it happened, where the kind of the notice does not say it.
   */
  tell(_kind: NoticeKind, _to: Audience, _details: { occasion?: string; reason?: string } = {}): void {}

  /** Ends when none is being sent. What {@link carry} needs. */
  async settled(): Promise<void> {}

  /** For the run that continues this one. */
  carry(): CarriedNotices {
    return {};
  }

  /** Ends when every notice was sent or given up. */
  async sent(): Promise<void> {}
}
