/**
 * One HTTP call to Graph, carried by Microsoft's client and stripped to what it is good for: no retry, no redirect, the
 * raw answer. It knows whether a request has left this process, which decides what a lost answer of a write means.
 */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { TokenCredential } from '@azure/identity';
import type { Context, Middleware, MiddlewareOptions } from '@microsoft/microsoft-graph-client';
import { AuthenticationHandler, Client, HTTPMessageHandler, ResponseType } from '@microsoft/microsoft-graph-client';
import { TokenCredentialAuthenticationProvider } from '@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js';
import type { Failure } from '../domain/failures.js';
import { claimsOf } from './access-token.js';
import type { TokenClaims } from './access-token.js';
import type { Cloud } from './clouds.js';
import { acts, classify } from './error-table.js';
import type { Operation } from './error-table.js';
import { GraphFailure } from './gateway.js';
import type { CallOptions } from './gateway.js';
import { networkFailure } from './network-failures.js';
import type { ObservedCall } from './observed-call.js';
import { remembering } from './remembered-token.js';
import { classifyTokenFailure } from './token-failures.js';

export interface TransportOptions {
  readonly cloud: Cloud;
  readonly credential: TokenCredential;
  /** For one call from sign-in to the last byte, in milliseconds. */
  readonly timeoutMs: number;
  /** Told about every finished call; must not throw. */
  readonly observe: (call: ObservedCall) => void;
}

export interface Request {
  readonly operation: Operation;
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Absolute, with every value encoded; sent exactly as it stands. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Statuses that are an answer to this request besides 2xx. */
  readonly accept?: readonly number[];
  /** A failure inside a successful answer (an item of a `$batch`) that the observer should hear of. */
  readonly failureIn?: (answer: Answer) => Failure | null;
}

/** A complete answer of Graph with a success status, or one that the request accepts. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly requestId: string;
  readonly claims: TokenClaims;
}

/**
 * Sends one request and returns its answer.
 *
 * @throws {@link GraphFailure} for everything but the abort of the caller's own signal, whose reason is thrown as it is.
 */
export type Transport = (request: Request, options?: CallOptions) => Promise<Answer>;

/** What happened to one request on its way through the client, which itself keeps neither causes nor order. */
class Passage implements MiddlewareOptions {
  /** Handed to the network: from here on Graph may have acted on it. */
  sent = false;
  /** The original error, before the client wraps it. */
  error: unknown = undefined;
  claims: TokenClaims = { roles: null, tenantId: null };

  constructor(
    readonly url: string,
    readonly signal: AbortSignal,
  ) {}

  static of(context: Context): Passage {
    const passage = context.middlewareControl?.getMiddlewareOptions(Passage);
    if (!(passage instanceof Passage)) throw new TypeError('A Graph call was made without its passage.');
    return passage;
  }
}

/** First in the chain: the URL goes out as built (the client would split and reorder its query), errors are kept. */
class KeepUrlAndError implements Middleware {
  #next: Middleware | undefined;

  async execute(context: Context): Promise<void> {
    const passage = Passage.of(context);
    context.request = passage.url;
    try {
      await this.#next?.execute(context);
    } catch (error) {
      passage.error = error;
      throw error;
    }
  }

  setNext(next: Middleware): void {
    this.#next = next;
  }
}

/** After sign-in and before the network: nothing goes out once the call is over. */
class MarkSent implements Middleware {
  #next: Middleware | undefined;

  async execute(context: Context): Promise<void> {
    const passage = Passage.of(context);
    passage.signal.throwIfAborted();
    const authorization = new Headers(context.options?.headers).get('authorization') ?? '';
    passage.claims = claimsOf(authorization.replace(/^Bearer /, ''));
    passage.sent = true;
    await this.#next?.execute(context);
  }

  setNext(next: Middleware): void {
    this.#next = next;
  }
}

export function createTransport(options: TransportOptions): Transport {
  const { cloud, credential, timeoutMs, observe } = options;
  const signIn = new TokenCredentialAuthenticationProvider(remembering(credential), { scopes: [cloud.scope] });
  const client = Client.initWithMiddleware({
    baseUrl: cloud.graphRoot,
    // The token goes to this host and to no other; the client wants it without a port.
    customHosts: new Set([new URL(cloud.graphRoot).hostname]),
    middleware: [new KeepUrlAndError(), new AuthenticationHandler(signIn), new MarkSent(), new HTTPMessageHandler()],
  });

  return async (request, callOptions = {}) => {
    callOptions.signal?.throwIfAborted();
    const startedAt = performance.now();
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = callOptions.signal ? AbortSignal.any([callOptions.signal, timeout]) : timeout;
    const passage = new Passage(request.url, signal);
    const report = (answer: Answer | null, failure: Failure | null): void =>
      observe(observedCall(request.operation, performance.now() - startedAt, answer, failure));

    const answer = await untilAborted(exchange(client, request, callOptions, passage), signal).catch(
      (error: unknown) => {
        const end = timeout.aborted ? `within ${timeoutMs} ms.` : 'before the caller ended the call.';
        const failure = failureWithoutAnswer(request.operation, passage, end, error);
        report(null, failure);
        callOptions.signal?.throwIfAborted();
        throw new GraphFailure(failure, { cause: passage.error ?? error });
      },
    );
    const { status } = answer;
    if ((status < 200 || status > 299) && !request.accept?.includes(status)) {
      const failure = classify({ ...answer, operation: request.operation, roles: answer.claims.roles });
      report(answer, failure);
      throw new GraphFailure(failure);
    }
    report(answer, request.failureIn?.(answer) ?? null);
    return answer;
  };
}

async function exchange(client: Client, request: Request, options: CallOptions, passage: Passage): Promise<Answer> {
  const call = client
    .api(request.url)
    .middlewareOptions([passage])
    .responseType(ResponseType.RAW)
    // A redirect would turn a POST into a GET; it is shown as the odd answer that it is.
    .options({ signal: passage.signal, redirect: 'manual' })
    .headers({
      accept: 'application/json',
      'client-request-id': randomUUID(),
      'x-ms-throttle-priority': options.priority ?? 'Normal',
      ...request.headers,
    });
  const response = await carry(call, request);
  const headers = Object.fromEntries(response.headers);
  const body = await response.text();
  return { status: response.status, headers, body, requestId: headers['request-id'] ?? '', claims: passage.claims };
}

/** The client types its raw answer as `any`. */
async function carry(call: ReturnType<Client['api']>, { method, body }: Request): Promise<Response> {
  const response: unknown =
    method === 'GET' ? await call.get() : method === 'POST' ? await call.post(body) : await call.patch(body);
  if (!(response instanceof Response)) throw new TypeError('The Graph client returned no raw response.');
  return response;
}

/** Sign-in takes no signal, so the wait for it is left behind; {@link MarkSent} stops what comes after. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}

function failureWithoutAnswer(operation: Operation, passage: Passage, end: string, thrown: unknown): Failure {
  const error = passage.error ?? thrown;
  if (passage.signal.aborted) {
    const what = passage.sent ? 'No complete answer from Microsoft Graph' : 'No access token';
    return { code: passage.sent && acts(operation) ? 'OUTCOME_UNKNOWN' : 'TRANSIENT', message: `${what} ${end}` };
  }
  return passage.sent ? networkFailure(error, acts(operation)) : classifyTokenFailure(error);
}

function observedCall(
  operation: Operation,
  durationMs: number,
  answer: Answer | null,
  failure: Failure | null,
): ObservedCall {
  const percentage = Number.parseFloat(answer?.headers['x-ms-throttle-limit-percentage'] ?? '');
  return {
    operation,
    durationMs,
    status: answer?.status ?? null,
    requestId: answer?.requestId ?? null,
    failure,
    throttleLimitPercentage: Number.isFinite(percentage) ? percentage : null,
  };
}
