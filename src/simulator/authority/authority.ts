/**
 * The part of the sign-in service that people meet: the authorization code flow with PKCE, and tokens for an application
 * that is an API of its own. Shapes and refusals are those of Entra ID; instead of a password, one picks a person.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Application } from '../application.js';
import { SignInError } from '../sign-in-error.js';
import type { Tenant } from '../tenant.js';
import type { UserRecord } from '../user-record.js';
import { SigningKey, type Claims } from './signing-key.js';

/** A request to the authorization endpoint that can be answered. */
export interface AuthorizeRequest {
  readonly tenant: Tenant;
  readonly application: Application;
  readonly redirectUri: string;
  readonly scope: string;
  readonly state: string | null;
  readonly nonce: string | null;
  readonly codeChallenge: string;
}

/** Who signed in with what, until the code is redeemed. */
interface Grant extends AuthorizeRequest {
  readonly user: UserRecord;
  readonly expiresAt: number;
}

export interface CodeTokens {
  readonly idToken: string;
  readonly accessToken: string;
  readonly expiresInSeconds: number;
}

const CODE_MS = 10 * 60 * 1000;
/** Codes that nobody redeems are forgotten, the oldest first. */
const CODES_MAX = 1_000;

export class Authority {
  readonly #key = new SigningKey();
  readonly #grants = new Map<string, Grant>();

  constructor(
    private readonly authorityHost: string,
    private readonly now: () => number,
  ) {}

  keys(): ReturnType<SigningKey['keys']> {
    return this.#key.keys();
  }

  /** A token with any claims at all, signed with the key of the service. */
  sign(claims: Claims): Promise<string> {
    return this.#key.sign(claims);
  }

  /**
   * What was asked of the authorization endpoint.
   *
   * @throws SignInError where it cannot be answered, not even with a redirect.
   */
  authorizeRequest(tenant: Tenant, query: URLSearchParams): AuthorizeRequest {
    const clientId = query.get('client_id') ?? '';
    const application = tenant.application(clientId);
    if (application?.signIn === undefined)
      throw new SignInError(
        400,
        'unauthorized_client',
        700016,
        `Application with identifier '${clientId}' was not found in the directory '${tenant.displayName}'.`,
      );
    const redirectUri = query.get('redirect_uri') ?? '';
    if (!application.signIn.redirectUris.some((registered) => matches(registered, redirectUri)))
      throw new SignInError(
        400,
        'invalid_request',
        50011,
        `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application '${clientId}'.`,
      );
    if (query.get('response_type') !== 'code')
      throw new SignInError(400, 'unsupported_response_type', 700054, "Only response_type 'code' is enabled.");
    const codeChallenge = query.get('code_challenge') ?? '';
    if (codeChallenge === '' || query.get('code_challenge_method') !== 'S256')
      throw new SignInError(400, 'invalid_request', 9002325, 'Proof Key for Code Exchange is required (S256).');
    return {
      ...{ tenant, application, redirectUri, codeChallenge },
      scope: query.get('scope') ?? '',
      state: query.get('state'),
      nonce: query.get('nonce'),
    };
  }

  /** The person was picked: where the browser goes next, with a code that can be redeemed once. */
  signedIn(request: AuthorizeRequest, userId: string): string {
    const user = request.tenant.user(userId);
    const redirect = new URL(request.redirectUri);
    if (request.state !== null) redirect.searchParams.set('state', request.state);
    if (!user.accountEnabled) {
      redirect.searchParams.set('error', 'access_denied');
      redirect.searchParams.set('error_description', 'AADSTS50057: The user account is disabled.');
      return redirect.href;
    }
    const code = randomBytes(32).toString('base64url');
    const oldest = this.#grants.size >= CODES_MAX ? this.#grants.keys().next().value : undefined;
    if (oldest !== undefined) this.#grants.delete(oldest);
    this.#grants.set(code, { ...request, user, expiresAt: this.now() + CODE_MS });
    redirect.searchParams.set('code', code);
    return redirect.href;
  }

  /**
   * Tokens for a code; `application` has shown its secret.
   *
   * @throws SignInError for a code that was used, is too old, or belongs to somebody else.
   */
  async redeem(tenant: Tenant, application: Application, form: URLSearchParams): Promise<CodeTokens> {
    const code = form.get('code') ?? '';
    const grant = this.#grants.get(code);
    this.#grants.delete(code);
    const fits =
      grant !== undefined &&
      grant.expiresAt > this.now() &&
      grant.tenant.id === tenant.id &&
      grant.application.appId === application.appId &&
      grant.redirectUri === form.get('redirect_uri');
    if (!fits)
      throw new SignInError(
        400,
        'invalid_grant',
        70008,
        'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
      );
    const proof = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (proof !== grant.codeChallenge)
      throw new SignInError(400, 'invalid_grant', 501481, 'The Code_Verifier does not match the code_challenge.');
    const expiresInSeconds = tenant.options.tokenLifetimeSeconds;
    const person = this.#personClaims(grant, expiresInSeconds);
    const nonce = grant.nonce === null ? {} : { nonce: grant.nonce };
    return {
      idToken: await this.#key.sign({ ...person, ...nonce }),
      accessToken: await this.#key.sign({ ...person, azp: application.appId, azpacr: '1', scp: 'access_as_user' }),
      expiresInSeconds,
    };
  }

  /** A token of an application for `audience`, without any person. */
  async applicationToken(tenant: Tenant, audience: Application, { appId, displayName }: Application): Promise<string> {
    const roles = audience.signIn?.assignments[appId] ?? [];
    return this.#key.sign({
      ...this.#times(tenant, audience, tenant.options.tokenLifetimeSeconds),
      ...{ azp: appId, azpacr: '1', oid: appId, sub: appId, idtyp: 'app', app_displayname: displayName },
      ...(roles.length > 0 && { roles }),
    });
  }

  #personClaims({ tenant, application, user }: Grant, expiresInSeconds: number): Claims {
    const roles = [...(application.signIn?.everyone ?? []), ...(application.signIn?.assignments[user.id] ?? [])];
    return {
      ...this.#times(tenant, application, expiresInSeconds),
      oid: user.id,
      // Another one for each application, as the real service has it.
      sub: createHash('sha256').update(`${user.id} ${application.appId}`).digest('base64url'),
      name: user.displayName,
      preferred_username: user.userPrincipalName,
      ...(roles.length > 0 && { roles: [...new Set(roles)] }),
    };
  }

  #times(tenant: Tenant, { appId }: Application, expiresInSeconds: number): Claims {
    const iat = Math.floor(this.now() / 1000);
    const iss = `${this.authorityHost}/${tenant.id}/v2.0`;
    return {
      aud: appId,
      iss,
      iat,
      nbf: iat,
      exp: iat + expiresInSeconds,
      tid: tenant.id,
      ver: '2.0',
      uti: randomUUID(),
    };
  }
}

/** As the real service: word for word, and on this machine with any port. */
function matches(registered: string, given: string): boolean {
  if (registered === given) return true;
  const [one, other] = [registered, given].map((text) => (URL.canParse(text) ? new URL(text) : null));
  if (!one || !other || one.hostname !== 'localhost' || other.hostname !== 'localhost') return false;
  return one.protocol === other.protocol && one.pathname === other.pathname && other.search === '';
}
