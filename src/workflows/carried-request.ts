/** What one run of a request hands to the next: a licence with an end sleeps in runs of their own. */
import type { CarriedAudit } from '../contracts/audit.js';
import type { RequestView } from '../contracts/license-request.js';
import type { CarriedNotices } from '../contracts/notice.js';
import type { Approval } from '../domain/approval.js';
import type { PolicyStage } from '../domain/policy.js';

export interface CarriedRequest {
  readonly view: RequestView;
  readonly approval: Approval;
  /** How long the end waits for a seat of what is given back. */
  readonly seatWaitMs: number;
  /** Who decides about an extension, also where a rule approved the request itself. */
  readonly stagesInFull: readonly PolicyStage[];
  readonly notices: CarriedNotices;
  /** Missing where no audit trail is told of it. */
  readonly audit?: CarriedAudit;
}
