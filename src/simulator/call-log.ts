/** One call to the simulator, each item of a batch counted as a call of its own. */
export interface LoggedCall {
  /** Number of the call in its tenant, from 1, in the order of arrival. */
  readonly seq: number;
  /** Arrival, and the end of the answer; milliseconds since the epoch. */
  readonly at: number;
  readonly endedAt: number;
  readonly method: string;
  /** Path below `/v1.0`, as it was sent, with its query. */
  readonly path: string;
  readonly appId: string | null;
  /** Object id of the user that the call is about. */
  readonly userId: string | null;
  /** Object id of the signed-in user, for a delegated token. */
  readonly signedInUserId: string | null;
  /** HTTP status of the answer; `null` where the connection was cut instead. */
  readonly status: number | null;
  /** Error code of Graph in the answer. */
  readonly errorCode: string | null;
  /** Kinds of the faults that happened to it. */
  readonly faults: readonly string[];
  /** Whether the directory was changed by it. */
  readonly effective: boolean;
  /** What a write asked for. */
  readonly body: unknown;
  readonly requestId: string;
  readonly clientRequestId: string | null;
  /** `request-id` of the batch that this call was an item of. */
  readonly batchRequestId: string | null;
  readonly resourceUnits: number;
}

/** Which calls to list; what is left out matches everything. */
export interface CallQuery {
  readonly method?: string | undefined;
  readonly userId?: string | undefined;
  readonly effective?: boolean | undefined;
  /** Calls that ended at this time (milliseconds since the epoch) or later. */
  readonly since?: number | undefined;
}

/** More calls than this are not kept; the oldest go first. */
const KEPT_CALLS = 1_000_000;

/** Every call to one tenant since it was started. */
export class CallLog {
  private calls: LoggedCall[] = [];
  private started = 0;

  /** The number for a call that has just arrived. */
  next(): number {
    return ++this.started;
  }

  add(call: LoggedCall): void {
    this.calls.push(call);
    // In halves, so that a full log does not move its whole content with every call.
    if (this.calls.length > KEPT_CALLS) this.calls = this.calls.slice(KEPT_CALLS / 2);
  }

  /** Calls that have ended, in the order in which they did. */
  list(query: CallQuery = {}): LoggedCall[] {
    return this.calls.filter(
      (call) =>
        (query.method === undefined || call.method === query.method) &&
        (query.userId === undefined || call.userId === query.userId.toLowerCase()) &&
        (query.effective === undefined || call.effective === query.effective) &&
        (query.since === undefined || call.endedAt >= query.since),
    );
  }
}
