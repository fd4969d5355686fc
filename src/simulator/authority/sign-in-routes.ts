import type { FastifyInstance, FastifyReply } from 'fastify';
import { SignInError } from '../sign-in-error.js';
import type { Tenant } from '../tenant.js';
import type { Authority } from './authority.js';
import { refusalPage, signInPage } from './sign-in-page.js';

/** What the pages need of the simulator around them. */
export interface SignInSurroundings {
  readonly authority: Authority;
  /** A tenant by id or by one of its domains. */
  readonly tenant: (idOrDomain: string) => Tenant | undefined;
}

interface AuthorizePath {
  readonly Params: { readonly tenant: string };
}

/**
 * The authorization endpoint: `GET` shows the people of the tenant, `POST` with one of them goes back to the application.
 * Forms have to arrive as `URLSearchParams`.
 */
export function addSignInRoutes(server: FastifyInstance, surroundings: () => SignInSurroundings): void {
  const url = '/:tenant/oauth2/v2.0/authorize';
  server.get<AuthorizePath>(url, (request, reply) => {
    const { query, asked } = split(request.url);
    return answered(reply, () => signInPage(requestOf(request.params.tenant, asked), asked, query.get('search') ?? ''));
  });
  server.post<AuthorizePath>(url, (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const { asked } = split(request.url);
    try {
      const to = surroundings().authority.signedIn(requestOf(request.params.tenant, asked), form.get('user') ?? '');
      return reply.header('cache-control', 'no-store').redirect(to, 302);
    } catch (error) {
      return refused(reply, error);
    }
  });

  function requestOf(tenantName: string, query: URLSearchParams) {
    const { authority, tenant: tenantNamed } = surroundings();
    const tenant = tenantNamed(tenantName);
    if (!tenant) throw new SignInError(400, 'invalid_request', 90002, `Tenant '${tenantName}' not found.`);
    return authority.authorizeRequest(tenant, query);
  }
}

/** The query, and what of it belongs to the application. */
function split(url: string): { readonly query: URLSearchParams; readonly asked: URLSearchParams } {
  const query = new URLSearchParams(url.split('?')[1] ?? '');
  const asked = new URLSearchParams(query);
  asked.delete('search');
  return { query, asked };
}

function answered(reply: FastifyReply, content: () => string): FastifyReply {
  try {
    return html(reply, 200, content());
  } catch (error) {
    return refused(reply, error);
  }
}

function refused(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof SignInError)
    return html(reply, error.status, refusalPage(`AADSTS${error.code}: ${error.message}`));
  return html(reply, 400, refusalPage(error instanceof Error ? error.message : String(error)));
}

function html(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
    .type('text/html; charset=utf-8')
    .send(text);
}
