/**
 * Why no access token could be had, as a {@link Failure}. The sign-in library gives every such error the same class and
 * no status, so the words decide. Source of the codes: RFC 6749 section 5.2 and Microsoft's list of AADSTS error codes.
 */
import type { Failure } from '../domain/failures.js';
import { shortened } from './raw-text.js';

/** Answers of the sign-in service that pass by themselves, and breaks on the way to it. */
const PASSING = [
  /server_error|temporarily_unavailable|too_many_requests|service_unavailable/i,
  // AADSTS codes that Microsoft documents as temporary: 90006 and 90033 (service trouble), 90055 (too many requests).
  /AADSTS(?:90006|90033|90055)\b/,
  /\b(?:429|5\d\d)\b.*(?:status|response|error)|(?:status|response|error)\D{0,20}\b(?:429|5\d\d)\b/i,
  /network_error|endpoints_resolution_error|openid_config_error|network request failed|fetch failed/i,
  /\b(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH)\b/,
  /socket hang up|timed? ?out/i,
];

/**
 * The last link of a chain looks for the identity service of an Azure machine. Anywhere else there is none, which is no
 * passing fault: nothing was configured. (Asked for by its own kind, a managed identity that is out of reach passes.)
 */
const NOT_ON_THIS_MACHINE = /^ManagedIdentityCredential:/;

/** Refusals, even where the same text also mentions something that looks like a passing fault. */
const REFUSED = /invalid_client|unauthorized_client|invalid_grant|invalid_request|invalid_scope|access_denied/i;

/**
 * A refusal is `UNAUTHENTICATED` and needs a person; everything that passes by itself is `TRANSIENT`. What is in neither
 * list is `UNAUTHENTICATED`: a missing certificate file or an unknown tenant does not heal by trying again.
 */
export function classifyTokenFailure(error: unknown): Failure {
  const words = decisiveParts(error).map(messageOf).join(' ');
  const passing = !REFUSED.test(words) && PASSING.some((pattern) => pattern.test(words));
  return {
    code: passing ? 'TRANSIENT' : 'UNAUTHENTICATED',
    message: `No access token: ${shortened(withoutSecrets(messageOf(error)))}`,
  };
}

/** A chain of credentials fails with what each of them had to say. */
function decisiveParts(error: unknown): readonly unknown[] {
  if (!(error instanceof Error && 'errors' in error && Array.isArray(error.errors))) return [error];
  return error.errors.filter((part) => !NOT_ON_THIS_MACHINE.test(messageOf(part)));
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message || error.name}${cause}`;
}

/** The library does not put secrets into messages; a proxy that echoes the request might. */
function withoutSecrets(message: string): string {
  return message
    .replace(/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, '[token removed]')
    .replace(
      /(client_secret|client_assertion|access_token|refresh_token)(["']?\s*[=:]\s*["']?)[^\s&"']+/gi,
      '$1$2[removed]',
    );
}
