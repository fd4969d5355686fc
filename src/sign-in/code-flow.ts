/** The way of a browser: authorization code with PKCE at the sign-in service, and a session here. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  authorizationCodeGrant,
  calculatePKCECodeChallenge,
  ClientError,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  ResponseBodyError,
  type Configuration,
} from 'openid-client';
import { z } from 'zod';
import { AuthorityUnreachable } from './authority.js';
import { personOf, readClaims, TokenRefused } from './claims.js';
import type { SignedIn } from './identity.js';
import type { SignInOptions } from './plugin.js';
import { ownPath } from './return-to.js';
import { SignInProblem } from './sign-in-problem.js';

/** What has to come back with the browser. It is signed and in a cookie, so that strangers fill no memory of ours. */
const Begun = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), returnTo: z.string() });
type Begun = z.infer<typeof Begun>;

const CALLBACK = '/sign-in/callback';
/** Whoever takes longer at the sign-in service starts again. */
const BEGUN_SECONDS = 15 * 60;
const STATE = /^[\w-]{20,100}$/;

export function codeFlow(server: FastifyInstance, options: SignInOptions, cookieName: (name: string) => string): void {
  const { authority, publicUrl } = options;
  const secure = publicUrl.startsWith('https:');
  const callbackUrl = new URL(CALLBACK, publicUrl).href;
  const cookieOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure, signed: true } as const;
  // One for each sign-in under way: there may be several, in several tabs.
  const cookieOf = (state: string) => cookieName(`sign-in-${state.slice(0, 16)}`);

  server.get<{ Querystring: Readonly<Record<string, unknown>> }>('/sign-in', async (request, reply) => {
    requireTls(request, secure);
    const wanted = request.query['return_to'];
    const returnTo = ownPath(typeof wanted === 'string' ? wanted : undefined);
    if (request.signedIn !== null) return reply.redirect(returnTo);
    const begun: Begun = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier(), returnTo };
    const { client } = await authority.known().catch(rethrown);
    const to = authorizationUrl(client, {
      client_id: options.clientId,
      redirect_uri: callbackUrl,
      scope: 'openid profile',
      response_type: 'code',
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: await calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
    });
    void reply.setCookie(cookieOf(begun.state), JSON.stringify(begun), { ...cookieOptions, maxAge: BEGUN_SECONDS });
    return reply.header('cache-control', 'no-store').redirect(to.href);
  });

  server.get<{ Querystring: Readonly<Record<string, unknown>> }>(CALLBACK, async (request, reply) => {
    const { state } = request.query;
    const begun = typeof state === 'string' && STATE.test(state) ? begunIn(request, cookieOf(state)) : null;
    if (begun === null || begun.state !== state)
      throw SignInProblem.notCompleted('This sign-in did not begin in this browser, or took too long.');
    void reply.clearCookie(cookieOf(begun.state), cookieOptions);
    const person = await signedInBy(new URL(request.url, callbackUrl), begun, options);
    // A new id: whoever knew the one from before must not be in this session.
    await request.session.regenerate();
    request.session.person = person;
    request.session.signedInAt = Date.now();
    return reply.header('cache-control', 'no-store').redirect(begun.returnTo);
  });

  server.post('/sign-out', async (request, reply) => {
    if (request.signedIn !== null) await signOut(request, reply, cookieName('session'));
    return reply.header('cache-control', 'no-store').redirect('/', 303);
  });
}

async function signOut(request: FastifyRequest, reply: FastifyReply, cookie: string): Promise<void> {
  await request.session.destroy();
  void reply.clearCookie(cookie, { path: '/' });
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** By hand: the library insists on https, and a simulated sign-in page is on this machine, where browsers trust http alone. */
function authorizationUrl(client: Configuration, parameters: Readonly<Record<string, string>>): URL {
  const url = new URL(client.serverMetadata().authorization_endpoint ?? '');
  if (url.protocol !== 'https:' && !LOOPBACK.includes(url.hostname))
    throw SignInProblem.misconfigured(
      'The sign-in service is not reached over TLS.',
      'An operator has to correct api.authorityHost.',
    );
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

function begunIn(request: FastifyRequest, cookie: string): Begun | null {
  const { valid, value } = request.unsignCookie(request.cookies[cookie] ?? '');
  if (!valid) return null;
  return Begun.safeParse(JSON.parse(value)).data ?? null;
}

/** @throws SignInProblem */
async function signedInBy(url: URL, { state, nonce, verifier }: Begun, options: SignInOptions): Promise<SignedIn> {
  const { client } = await options.authority.known().catch(rethrown);
  try {
    const tokens = await authorizationCodeGrant(client, url, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    return personOf(readClaims(tokens.claims(), options.authority.tenantId));
  } catch (error) {
    throw notCompleted(error, url);
  }
}

function notCompleted(error: unknown, url: URL): unknown {
  if (error instanceof TokenRefused) return SignInProblem.notCompleted(error.message, error);
  if (url.searchParams.get('error') === 'access_denied')
    return SignInProblem.notCompleted('The sign-in service did not let you in.', error);
  if (error instanceof ResponseBodyError || error instanceof ClientError || isOAuthError(error))
    return SignInProblem.notCompleted('The sign-in could not be completed.', error);
  return SignInProblem.of(new AuthorityUnreachable('The sign-in service does not answer.', { cause: error }));
}

function isOAuthError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('OAUTH_');
}

function rethrown(error: unknown): never {
  throw SignInProblem.of(error);
}

/** Browsers would drop the cookies, and send people round in a circle. */
function requireTls({ protocol }: FastifyRequest, secure: boolean): void {
  if (!secure || protocol === 'https') return;
  throw SignInProblem.misconfigured(
    'This server is reached over TLS, and the proxy before it does not say so.',
    'An operator has to add the address of the proxy to api.trustedProxies.',
  );
}
