/**
 * The web console: pages for people without a terminal, made on the server. It relies on the sign-in (`signedIn` of the
 * request), on the check of form tokens and on `@fastify/formbody`, which whoever registers it brings along.
 */
import type {} from '@fastify/csrf-protection';
import multipart from '@fastify/multipart';
import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Licenseflow } from '../client/index.js';
import { LicenseflowError } from '../client/licenseflow-error.js';
import { may } from '../sign-in/access.js';
import type { SignedIn } from '../sign-in/identity.js';
import { serveAssets } from './assets.js';
import type { Assets } from './layout.js';
import { document, homeOf } from './layout.js';
import { ACTIONS, PAGES } from './pages/index.js';
import type { Posted } from './problems.js';
import {
  brokenPage, forbiddenPage, localPath, notFoundPage, problemPage, refusedInputPage, signedOutPage, staleFormPage, statusOf,
} from './problems.js'; // prettier-ignore
import { people } from './pages/suggestions.js';
import { Values } from './values.js';
import type { ActionRoute, Page, PageRoute, Visit } from './visit.js';

export interface ConsoleOptions {
  readonly licenseflow: Licenseflow;
}

/** A file of 50,000 people has about five million characters. */
const UPLOAD_BYTES_MAX = 32 * 1024 * 1024;

export function consolePages({ licenseflow }: ConsoleOptions): FastifyPluginAsync {
  return async (server) => {
    const assets = serveAssets(server);
    const console = new Console(licenseflow, assets);
    await server.register(multipart, {
      attachFieldsToBody: 'keyValues',
      limits: { fileSize: UPLOAD_BYTES_MAX, files: 1, fields: 60, fieldSize: 16_384, parts: 61 },
      // With its name; the field alone would be the bytes.
      async onFile(this: FastifyRequest, part) {
        const upload = { name: part.filename, bytes: await part.toBuffer() };
        (part as unknown as { value: unknown }).value = upload;
      },
    });
    server.addHook('onSend', async (_request, reply) => void reply.header('cache-control', cacheRule(reply)));
    server.setErrorHandler<FastifyError>((error, request, reply) => console.failed(error, request, reply));
    server.get('/', (request, reply) =>
      request.signedIn === null ? console.toSignIn(request, reply) : reply.redirect(homeOf(request.signedIn)),
    );
    for (const route of PAGES) console.addPage(server, route);
    for (const route of ACTIONS) console.addAction(server, route);
    server.get('/suggestions/people', (request, reply) => people(licenseflow, request, reply));
    server.get('/*', (request, reply) =>
      request.url.startsWith('/api/') ? reply.callNotFound() : console.send(request, reply, notFoundPage(), 404),
    );
  };
}

/** What is about people is kept by no cache; what has a name of its own already says how long it lasts. */
function cacheRule(reply: FastifyReply): string {
  const given = reply.getHeader('cache-control');
  return typeof given === 'string' ? given : 'no-store';
}

class Console {
  readonly #tokens = new WeakMap<FastifyRequest, string>();

  constructor(
    readonly licenseflow: Licenseflow,
    readonly assets: Assets,
  ) {}

  addPage(server: FastifyInstance, route: PageRoute): void {
    const { path, permission } = route;
    server.get(path, async (request, reply) => {
      const me = request.signedIn;
      if (me === null) return this.toSignIn(request, reply);
      if (!may(me, permission)) return this.send(request, reply, forbiddenPage(), 403);
      return this.send(request, reply, await route.page(this.visit(request, reply, me)));
    });
  }

  addAction(server: FastifyInstance, route: ActionRoute): void {
    const onRequest = async (request: FastifyRequest, reply: FastifyReply) => this.guardUpload(request, reply, route);
    // Before the token is looked at, which ended with the session: who is signed out shall be told that, and no riddle.
    const preValidation = async (request: FastifyRequest, reply: FastifyReply) => this.guard(request, reply, route);
    server.post(route.path, { onRequest, preValidation }, async (request, reply) => {
      if (request.signedIn === null) throw new Error('Nobody is signed in, and the guard let them pass.');
      const visit = this.visit(request, reply, request.signedIn);
      try {
        return reply.redirect(await route.act(visit), 303);
      } catch (problem) {
        if (!(problem instanceof LicenseflowError)) throw problem;
        const page = await route
          .page({ ...visit, path: hereOf(request), problem })
          .catch(() => Promise.reject(problem));
        return this.send(request, reply, page, statusOf(problem));
      }
    });
  }

  /** Nobody lets this process read a file who may not use it. */
  async guardUpload(request: FastifyRequest, reply: FastifyReply, route: ActionRoute): Promise<void> {
    if (request.headers['content-type']?.startsWith('multipart/') === true) await this.guard(request, reply, route);
  }

  async guard(request: FastifyRequest, reply: FastifyReply, { permission }: ActionRoute): Promise<void> {
    const { signedIn } = request;
    if (signedIn === null) await this.send(request, reply, signedOutPage(Values.of(request.body)), 401);
    else if (!may(signedIn, permission)) await this.send(request, reply, forbiddenPage(), 403);
  }

  visit(request: FastifyRequest, reply: FastifyReply, me: SignedIn): Visit {
    return {
      licenseflow: this.licenseflow,
      me,
      path: pathOf(request),
      values: Values.of(request.params, request.body, request.query),
      problem: null,
      csrf: this.token(request, reply),
      now: new Date(),
    };
  }

  toSignIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    return reply.redirect(`/sign-in?return_to=${encodeURIComponent(request.url)}`);
  }

  failed(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (error instanceof LicenseflowError) {
      if (statusOf(error) === 503) reply.header('retry-after', '5');
      return this.send(request, reply, problemPage(error, this.posted(request, reply)), statusOf(error));
    }
    // Errors of the sign-in have no code of Fastify.
    if ((error.code as string | undefined)?.startsWith('FST_CSRF') === true) return this.tokenRefused(request, reply);
    // A sign-in service that cannot be reached says so itself.
    if ((error.statusCode ?? 500) < 500 || 'remedy' in error)
      return this.send(request, reply, refusedInputPage(error), error.statusCode);
    request.log.error({ err: error }, 'A page of the console could not be made.');
    return this.send(request, reply, brokenPage(request.id), 500);
  }

  tokenRefused(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const posted = this.posted(request, reply);
    if (request.signedIn === null || posted === null)
      return this.send(request, reply, signedOutPage(Values.of(request.body)), 401);
    return this.send(request, reply, staleFormPage(posted), 403);
  }

  posted(request: FastifyRequest, reply: FastifyReply): Posted | null {
    if (request.method !== 'POST') return null;
    return { action: pathOf(request), values: Values.of(request.body), csrf: this.token(request, reply) };
  }

  /** One for all forms of a page: the first visit makes the secret behind it, and only one secret is kept. */
  token(request: FastifyRequest, reply: FastifyReply): string {
    const token = this.#tokens.get(request) ?? reply.generateCsrf();
    this.#tokens.set(request, token);
    return token;
  }

  send(request: FastifyRequest, reply: FastifyReply, page: Page, status = 200): FastifyReply {
    const { signedIn: me } = request;
    const csrf = me === null ? '' : this.token(request, reply);
    const here = hereOf(request);
    const frame = { assets: this.assets, me, path: pathIn(here), here, csrf };
    return reply.code(status).type('text/html; charset=utf-8').send(document(page, frame));
  }
}

function pathOf({ url }: FastifyRequest): string {
  return pathIn(url);
}

function pathIn(address: string): string {
  return address.split('?', 1)[0] ?? '/';
}

/** The page that somebody is on: nothing can be looked at under the address that a form is sent to. */
function hereOf({ method, url, body }: FastifyRequest): string {
  return method === 'POST' ? localPath(Values.of(body).text('form')) : url;
}
