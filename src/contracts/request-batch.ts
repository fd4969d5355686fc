/**
 * One wish for several people: a request of its own for each of them, submitted in one go and answered one by one. What
 * is wrong with one of them never hinders the others.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Actor } from '../domain/approval.js';
import { digestOf } from '../domain/digest.js';
import type { LicenseRequest, SubmitAnswer } from './license-request.js';
import { requestDigest } from './license-request.js';
import type { Pace } from './pace.js';

export const REQUEST_BATCH = 'requestBatch';

/** What a batch id may be: with the number of a request behind it, it is a request id. */
export const BATCH_ID = /^[a-z0-9][a-z0-9._-]{0,58}$/i;

/** People in one batch. Far more would outgrow the history of one workflow; they are several batches. */
export const BATCH_SUBJECTS_MAX = 300;

/** The same wish as {@link LicenseRequest}, for each of `subjects`. */
export interface LicenseRequestBatch extends Omit<LicenseRequest, 'requestId' | 'subject'> {
  /** {@link BATCH_ID} */
  readonly batchId: string;
  /** Object ids or user principal names, each person once. The n-th one's request is {@link batchRequestId} n, from 1. */
  readonly subjects: readonly string[];
}

export interface RequestBatchInput {
  readonly batch: LicenseRequestBatch;
  /** {@link batchDigest} of `batch`. */
  readonly digest: string;
  readonly submittedBy: Actor;
  /** Which submit started the run; part of the memo of every request, as of one that is submitted alone. */
  readonly submission: string;
  readonly pace: Pace;
  /** Requests that are checked at a time. */
  readonly window: number;
  /** A submit is answered after so long, also where not everybody has been checked. */
  readonly answerWithinMs: number;
  /** The batch ends after so long, also where some were never checked. */
  readonly deadlineMs: number;
}

/** What became of the request for one person. */
export type SubjectAnswer = { readonly subject: string; readonly requestId: string } & (
  | SubmitAnswer
  /** Not checked yet, or not even started where the batch was cut off. */
  | { readonly outcome: 'open' }
  /** The request id stands for a request of an earlier run, or of another submit; nothing was started. */
  | { readonly outcome: 'existing' }
  /** It ended from outside before it could answer. */
  | { readonly outcome: 'ended' }
);

/** One answer a person, in the order of the batch. */
export type BatchAnswers = readonly SubjectAnswer[];

/** What a request tells its batch once it is checked. */
export interface MemberAnswer extends SubmitAnswer {
  readonly number: number;
}

/** `ApplicationFailure.type` of a batch in which some were refused, so that the same id may ask for those again. */
export const BATCH_REFUSED = 'BATCH_REFUSED';

/** Submits the content with this digest; answers once everybody is checked, or when the time for an answer is over. */
export const submitBatch = defineUpdate<BatchAnswers, [digest: string]>('submit');
export const memberAnswered = defineSignal<[answer: MemberAnswer]>('memberAnswered');
export const batchView = defineQuery<BatchAnswers>('view');

export function requestBatchWorkflowId(batchId: string): string {
  return `license-request-batch/${batchId}`;
}

export function batchRequestId(batchId: string, number: number): string {
  return `${batchId}.${String(number)}`;
}

/** The request for the n-th person of a batch, from 1. */
export function memberRequest({ batchId, subjects, ...wish }: LicenseRequestBatch, number: number): LicenseRequest {
  return { ...wish, requestId: batchRequestId(batchId, number), subject: subjects[number - 1] ?? '' };
}

/** Which batch this is. The order of its people counts, because their requests are numbered by it. */
export function batchDigest(batch: LicenseRequestBatch): string {
  return digestOf(batch.subjects.map((_, i) => requestDigest(memberRequest(batch, i + 1))));
}
