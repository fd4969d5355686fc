/**
 * Sign-in for a Fastify server: `request.signedIn` from a bearer token or from a session, the pages that begin and end a
 * session, and the protection of sessions against requests that other sites send.
 */
import cookie from '@fastify/cookie';
import csrf from '@fastify/csrf-protection';
import session from '@fastify/session';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { verifyAccessToken } from './access-token.js';
import type { Authority } from './authority.js';
import { codeFlow } from './code-flow.js';
import type { SignedIn } from './identity.js';
import { BoundedSessionStore } from './session-store.js';
import { SignInProblem } from './sign-in-problem.js';

export interface SignInOptions {
  readonly authority: Authority;
  /** Application (client) id. */
  readonly clientId: string;
  /** Whom bearer tokens are for, and the delegated permission that they must hold. */
  readonly audience: string;
  readonly scope: string;
  /** Origin under which browsers reach this server: `https://licences.contoso.com`. */
  readonly publicUrl: string;
  /** At least 32 characters; whoever knows it can make cookies. The first signs, the others are still taken. */
  readonly sessionSecrets: readonly string[];
  /** A session ends after so long without use, and in any case after its lifetime; milliseconds. */
  readonly idleMs: number;
  readonly lifetimeMs: number;
}

declare module 'fastify' {
  interface Session {
    person?: SignedIn;
    /** Milliseconds since the epoch. */
    signedInAt?: number;
  }
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

async function signInPlugin(server: FastifyInstance, options: SignInOptions): Promise<void> {
  const secure = options.publicUrl.startsWith('https:');
  await server.register(cookie, { secret: [...options.sessionSecrets] });
  await server.register(session, {
    secret: [...options.sessionSecrets],
    store: new BoundedSessionStore(options.idleMs),
    cookieName: cookieName('session', secure),
    saveUninitialized: false,
    rolling: true,
    cookie: { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: options.idleMs },
  });
  await server.register(csrf, { sessionPlugin: '@fastify/session', logLevel: 'debug' });
  server.decorateRequest('signedIn', null);
  server.addHook('onRequest', async (request) => {
    request.signedIn = await whoSends(request, options);
  });
  server.addHook('preHandler', (request, reply, done) => {
    if (!restsOnSession(request) || SAFE_METHODS.includes(request.method)) return done();
    if (comesFromElsewhere(request, options.publicUrl)) return done(SignInProblem.crossSite());
    server.csrfProtection(request, reply, done);
  });
  codeFlow(server, options, (name) => cookieName(name, secure));
}

/** Sign-in, for the whole server that it is registered with. */
export const signIn = plugin(signInPlugin, { name: 'licenseflow-sign-in', fastify: '5.x' });

/** Browsers take a cookie of this prefix from the host itself over TLS alone, and never from a neighbour of its domain. */
function cookieName(name: string, secure: boolean): string {
  return `${secure ? '__Host-' : ''}licenseflow-${name}`;
}

/** A token counts before a session: whoever sends one means it. */
async function whoSends(request: FastifyRequest, options: SignInOptions): Promise<SignedIn | null> {
  const { authorization } = request.headers;
  if (authorization === undefined) return inSession(request, options.lifetimeMs);
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  if (token === undefined) throw SignInProblem.token('The header "Authorization" holds no bearer token.');
  try {
    return await verifyAccessToken(token, options);
  } catch (error) {
    throw SignInProblem.of(error);
  }
}

async function inSession(request: FastifyRequest, lifetimeMs: number): Promise<SignedIn | null> {
  const { person, signedInAt = 0 } = request.session;
  if (person === undefined) return null;
  if (Date.now() - signedInAt < lifetimeMs) return person;
  await request.session.regenerate();
  return null;
}

function restsOnSession({ signedIn, headers }: FastifyRequest): boolean {
  return signedIn !== null && headers.authorization === undefined;
}

/** Browsers say where a form was, and a form of ours was here. */
function comesFromElsewhere({ headers }: FastifyRequest, publicUrl: string): boolean {
  const { origin } = headers;
  return origin !== undefined && origin !== new URL(publicUrl).origin;
}

/** Refuses whoever is not signed in; for routes that have no page of their own to say so. */
export async function requireSignIn(request: FastifyRequest, _reply: FastifyReply): Promise<void> {
  if (request.signedIn === null) throw SignInProblem.nobody();
}
