/**
 * The token endpoint: the client credentials flow and the redemption of authorization codes as Entra answers them, refusals
 * with their AADSTS codes included.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodePart } from './access-token.js';
import type { Application } from './application.js';
import type { Authority } from './authority/authority.js';
import type { Fault } from './fault.js';
import type { GraphOutcome, GraphReply } from './graph/graph-call.js';
import { json } from './graph/operation.js';
import { SignInError } from './sign-in-error.js';
import type { Tenant } from './tenant.js';

/** What the token endpoint needs of the simulator around it. */
export interface TokenSurroundings {
  /** A tenant by id or by one of its domains. */
  readonly tenant: (idOrDomain: string) => Tenant | undefined;
  readonly authority: Authority;
  readonly authorityHost: string;
  /** Root of the pages on which people sign in. */
  readonly signInUrl: () => string;
  readonly now: () => number;
  readonly closing: AbortSignal;
}

export class TokenEndpoint {
  constructor(private readonly surroundings: TokenSurroundings) {}

  /** `GET /{tenant}/v2.0/.well-known/openid-configuration` */
  configuration(tenantName: string): GraphReply {
    try {
      const { id } = this.tenantNamed(tenantName);
      const root = `${this.surroundings.authorityHost}/${id}`;
      return json({
        token_endpoint: `${root}/oauth2/v2.0/token`,
        token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
        jwks_uri: `${root}/discovery/v2.0/keys`,
        issuer: `${root}/v2.0`,
        authorization_endpoint: `${this.surroundings.signInUrl()}/${id}/oauth2/v2.0/authorize`,
        response_types_supported: ['code'],
        response_modes_supported: ['query'],
        code_challenge_methods_supported: ['S256'],
        subject_types_supported: ['pairwise'],
        id_token_signing_alg_values_supported: ['RS256'],
        scopes_supported: ['openid', 'profile', 'email'],
      });
    } catch (error) {
      return this.refusal(error);
    }
  }

  /** `POST /{tenant}/oauth2/v2.0/token` */
  async token(tenantName: string, form: URLSearchParams): Promise<GraphOutcome> {
    const tenant = this.surroundings.tenant(tenantName);
    const faults = tenant?.faults.draw({
      method: 'POST',
      path: `/${tenantName}/oauth2/v2.0/token`,
      userId: null,
      appId: form.get('client_id'),
    });
    for (const fault of faults ?? []) {
      if (fault.kind === 'delay') await sleep(fault.ms, undefined, { signal: this.surroundings.closing });
      if (fault.kind === 'lost-request' || fault.kind === 'lost-response') return { kind: 'cut' };
      const reply = this.faultReply(fault);
      if (reply) return { kind: 'reply', reply };
    }
    try {
      return { kind: 'reply', reply: await this.issue(this.tenantNamed(tenantName), form) };
    } catch (error) {
      return { kind: 'reply', reply: this.refusal(error) };
    }
  }

  /** `GET /{tenant}/discovery/v2.0/keys` */
  async keys(): Promise<GraphReply> {
    return json(await this.surroundings.authority.keys());
  }

  private async issue(tenant: Tenant, form: URLSearchParams): Promise<GraphReply> {
    const application = clientOf(tenant, form);
    if (form.get('grant_type') === 'authorization_code') return this.redeemed(tenant, application, form);
    if (form.get('grant_type') !== 'client_credentials') {
      throw new SignInError(
        400,
        'unsupported_grant_type',
        70003,
        `The app requested an unsupported grant type '${form.get('grant_type') ?? ''}'.`,
      );
    }
    const scope = form.get('scope') ?? '';
    if (!scope.split(' ').some((name) => name.endsWith('/.default'))) {
      throw new SignInError(
        400,
        'invalid_scope',
        1002012,
        `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
      );
    }
    checkSecretOrAssertion(application, form, this.surroundings.now());
    const lifetime = tenant.options.tokenLifetimeSeconds;
    return json({
      token_type: 'Bearer',
      expires_in: lifetime,
      ext_expires_in: lifetime,
      access_token: await this.applicationToken(tenant, application, scope),
    });
  }

  /** For Graph, unless the scope names an application of the tenant that is an API. */
  private async applicationToken(tenant: Tenant, application: Application, scope: string): Promise<string> {
    const [, api = ''] = /(?:^| )(?:api:\/\/)?([0-9a-f-]{36})\/\.default(?: |$)/i.exec(scope) ?? [];
    const audience = tenant.application(api);
    return audience?.signIn === undefined
      ? tenant.applicationToken(application.appId)
      : this.surroundings.authority.applicationToken(tenant, audience, application);
  }

  private async redeemed(tenant: Tenant, application: Application, form: URLSearchParams): Promise<GraphReply> {
    checkSecretOrAssertion(application, form, this.surroundings.now());
    const tokens = await this.surroundings.authority.redeem(tenant, application, form);
    return json({
      token_type: 'Bearer',
      scope: `openid profile api://${application.appId}/access_as_user`,
      expires_in: tokens.expiresInSeconds,
      ext_expires_in: tokens.expiresInSeconds,
      access_token: tokens.accessToken,
      id_token: tokens.idToken,
    });
  }

  private tenantNamed(name: string): Tenant {
    const tenant = this.surroundings.tenant(name);
    if (tenant) return tenant;
    throw new SignInError(
      400,
      'invalid_request',
      90002,
      `Tenant '${name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
    );
  }

  private faultReply(fault: Fault): GraphReply | undefined {
    switch (fault.kind) {
      case 'throttle': {
        const headers: Record<string, string> =
          fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
        const refusal = new SignInError(
          429,
          'temporarily_unavailable',
          90055,
          'Too many requests, please try again later.',
        );
        return { ...this.refusal(refusal), headers };
      }
      case 'server-error':
        return this.serverError(fault);
      case 'token-error':
        return this.refusal(tokenError(fault.error));
      default:
        return undefined;
    }
  }

  private serverError(fault: Extract<Fault, { kind: 'server-error' }>): GraphReply {
    const refusal = this.refusal(
      new SignInError(fault.status, 'server_error', 90033, 'A transient error has occurred. Please try again.'),
    );
    switch (fault.body) {
      case 'json':
        return refusal;
      case 'html':
        return { ...refusal, body: { kind: 'html', html: '<html><body><h1>Service unavailable</h1></body></html>' } };
      case 'empty':
        return { ...refusal, body: { kind: 'empty-json' } };
    }
  }

  private refusal(error: unknown): GraphReply {
    if (!(error instanceof SignInError)) throw error;
    const timestamp = `${new Date(this.surroundings.now()).toISOString().slice(0, 19).replace('T', ' ')}Z`;
    const [trace, correlation] = [randomUUID(), randomUUID()];
    return json(
      {
        error: error.error,
        error_description: `AADSTS${error.code}: ${error.message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
        error_codes: [error.code],
        timestamp,
        trace_id: trace,
        correlation_id: correlation,
        error_uri: `${this.surroundings.authorityHost}/error?code=${error.code}`,
      },
      error.status,
    );
  }
}

function clientOf(tenant: Tenant, form: URLSearchParams): Application {
  const clientId = form.get('client_id') ?? '';
  const application = tenant.application(clientId);
  if (application) return application;
  throw new SignInError(
    400,
    'unauthorized_client',
    700016,
    `Application with identifier '${clientId}' was not found in the directory '${tenant.displayName}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
  );
}

/** A secret, or an assertion signed with the application's certificate or issued by a trusted identity provider. */
function checkSecretOrAssertion(application: Application, form: URLSearchParams, nowMs: number): void {
  const assertion = form.get('client_assertion');
  if (assertion !== null) {
    checkAssertion(application, assertion, nowMs);
    return;
  }
  const secret = form.get('client_secret');
  if (secret === null) {
    throw new SignInError(
      401,
      'invalid_client',
      7000216,
      "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    );
  }
  if (!application.secrets.includes(secret)) throw invalidSecret(application.appId);
}

function checkAssertion(application: Application, assertion: string, nowMs: number): void {
  const [headerPart = '', claimsPart = ''] = assertion.split('.');
  const header = asRecord(decodePart(headerPart));
  const claims = asRecord(decodePart(claimsPart));
  if (!header || !claims) {
    throw new SignInError(401, 'invalid_client', 50027, 'JWT token is invalid or malformed.');
  }
  if (typeof claims['exp'] !== 'number' || claims['exp'] * 1000 <= nowMs) {
    throw new SignInError(401, 'invalid_client', 700024, 'Client assertion is not within its valid time range.');
  }
  if (application.assertions === 'any') return;
  const named = [header['x5t'], header['x5t#S256'], claims['sub']].filter((value) => typeof value === 'string');
  const known = application.assertions.map(normalThumbprint);
  if (named.some((value) => known.includes(normalThumbprint(value)))) return;
  throw new SignInError(
    401,
    'invalid_client',
    700213,
    'No matching federated identity record or certificate found for the presented assertion.',
  );
}

/** Thumbprints are written in hex by people and in base64url by clients. */
function normalThumbprint(value: string): string {
  const hex = value.replaceAll(':', '').toLowerCase();
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hex) ? Buffer.from(hex, 'hex').toString('base64url') : value;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : undefined;
}

function invalidSecret(appId: string): SignInError {
  return new SignInError(
    401,
    'invalid_client',
    7000215,
    `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${appId}'.`,
  );
}

function tokenError(error: Extract<Fault, { kind: 'token-error' }>['error']): SignInError {
  switch (error) {
    case 'invalid_client':
      return invalidSecret('00000000-0000-0000-0000-000000000000');
    case 'unauthorized_client':
      return new SignInError(400, error, 700016, 'Application was not found in the directory.');
    case 'temporarily_unavailable':
      return new SignInError(503, error, 90033, 'A transient error has occurred. Please try again.');
    case 'server_error':
      return new SignInError(500, error, 90033, 'A transient error has occurred. Please try again.');
  }
}
