import type { Priority } from '../quota.js';
import type { Tenant } from '../tenant.js';

/** One request to the Graph endpoint, from the wire or out of a batch. */
export interface GraphCall {
  readonly method: string;
  /** Path below `/v1.0` as it was sent, with its query: for the log. */
  readonly url: string;
  /** The same path without its query, percent-decoded, segment by segment. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON, `undefined` where there was no body. */
  readonly body: unknown;
  /** Root of all links in answers, as the client addressed it: `https://localhost:8443/v1.0`. */
  readonly root: string;
  readonly batchRequestId: string | null;
}

/** The answer to a call. */
export interface GraphReply {
  readonly status: number;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: GraphBody;
}

export type GraphBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly json: unknown }
  | { readonly kind: 'html'; readonly html: string }
  /** A JSON content type with nothing behind it, as broken gateways send. */
  | { readonly kind: 'empty-json' };

/** How a call ends for the client: with an answer, or with its connection cut. */
export type GraphOutcome = { readonly kind: 'reply'; readonly reply: GraphReply } | { readonly kind: 'cut' };

/** Who calls, according to the access token. */
export interface Principal {
  readonly tenant: Tenant;
  readonly appId: string;
  /** Application permissions, or delegated ones. */
  readonly permissions: readonly string[];
  /** The signed-in user of a delegated token. */
  readonly signedInUserId: string | null;
}

/** Splits an address below the version root into decoded segments and query. */
export function parseUrl(url: string): Pick<GraphCall, 'segments' | 'query'> {
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  return {
    segments: path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decoded),
    query: new URLSearchParams(query),
  };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // not percent-encoded as it should be; looked up as it is
  }
}

/** The call's place when calls must be refused (`x-ms-throttle-priority`). */
export function priorityOf(call: GraphCall): Priority {
  const given = call.headers['x-ms-throttle-priority']?.toLowerCase();
  return given === 'low' ? 'Low' : given === 'high' ? 'High' : 'Normal';
}
