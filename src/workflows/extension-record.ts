/**
 * The record of one extension that its approvers decide. Its approval is an approval like any other and works on a record
 * like any other; what happens to it is told as a part of the request, which stays in force meanwhile.
 */
import type { FinalState, LicenseRequestInput, RequestState, RequestView, Wait } from '../contracts/license-request.js';
import type { Failure } from '../domain/failures.js';
import { RequestRecord } from './request-record.js';

/** What becomes of it when nobody decides in time. */
const THEN = 'the extension counts as denied, and the licence ends as it was to end.';

export class ExtensionRecord extends RequestRecord {
  readonly #request: RequestRecord;

  constructor(request: RequestRecord, input: LicenseRequestInput) {
    super(input);
    this.#request = request;
    this.requester = request.requester;
    this.subject = request.subject;
    this.plan = request.plan;
    // It is a part of the request there too.
    this.audit = request.audit;
  }

  override enter(state: RequestState, text: string, waitsFor: Wait | null): void {
    if (state !== this.state) this.note(text);
    this.state = state;
    this.waitsFor = waitsFor && { ...waitsFor, what: `${waitsFor.what} It is about an extension.`, then: THEN };
    this.publish();
  }

  override end<F extends FinalState>(state: F, text: string): F {
    this.enter(state, text, null);
    return state;
  }

  override failing(failure: Failure, nextAtMs: number): void {
    this.#request.failing(failure, nextAtMs);
  }

  override note(text: string): void {
    this.#request.note(`Extension: ${text}`);
  }

  override publish(): void {
    this.#request.publish();
  }

  override view(): RequestView {
    return this.#request.view();
  }
}
