/**
 * `$batch`, read by hand: items come back in any order, each with a status and headers of its own, and the library's
 * reader of batches loses bodies whose header names differ in case. Source: Microsoft's page "JSON batching".
 */
import type { Failure } from '../domain/failures.js';
import { batchAnswer, userLicenses } from './answers.js';
import { decoded } from './decode.js';
import { classify } from './error-table.js';
import type { UserLicenses } from './gateway.js';
import { GraphFailure, isFailure } from './gateway.js';
import type { Answer } from './transport.js';

/** Graph's limit for one `$batch`. */
export const BATCH_SIZE_MAX = 20;

export interface BatchRequest {
  readonly id: string;
  readonly method: 'GET';
  /** Relative, without the version. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What each of `count` requests, whose ids are their indexes, was answered.
 *
 * @throws {@link GraphFailure} where the answer as a whole is not a batch answer.
 */
export function readBatch(answer: Answer, count: number): readonly (UserLicenses | Failure)[] {
  const { responses } = decoded(batchAnswer, answer);
  const byId = new Map(responses.map((item) => [item.id, item]));
  return Array.from({ length: count }, (_, index) => {
    const item = byId.get(String(index));
    if (item === undefined) {
      return {
        code: 'TRANSIENT',
        message: 'Microsoft Graph left this user out of a batch answer.',
        requestId: answer.requestId,
      };
    }
    // Items carry no `Date`, which a `Retry-After` in the form of a date is compared with.
    const headers: Readonly<Record<string, string>> = { date: answer.headers['date'] ?? '', ...item.headers };
    const body = typeof item.body === 'string' ? item.body : (JSON.stringify(item.body) ?? '');
    const requestId = headers['request-id'] ?? answer.requestId;
    if (item.status < 200 || item.status > 299) {
      return {
        requestId,
        ...classify({ operation: 'readUser', status: item.status, headers, body, roles: answer.claims.roles }),
      };
    }
    try {
      return decoded(userLicenses, { body, requestId, status: item.status });
    } catch (error) {
      if (error instanceof GraphFailure) return error.failure;
      throw error;
    }
  });
}

/** The throttled item that asks for the longest wait: it stands for the whole batch before whoever sets the pace. */
export function throttledItem(entries: readonly (UserLicenses | Failure)[]): Failure | null {
  return entries
    .filter(isFailure)
    .filter(({ code }) => code === 'THROTTLED')
    .reduce<Failure | null>(
      (longest, item) => ((item.retryAfterMs ?? 0) >= (longest?.retryAfterMs ?? 0) ? item : longest),
      null,
    );
}
