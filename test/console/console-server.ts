/** The console behind a sign-in that believes a cookie: for tests of the pages alone. */
import cookie from '@fastify/cookie';
import csrf from '@fastify/csrf-protection';
import formbody from '@fastify/formbody';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { fastify } from 'fastify';
import { consolePages } from '../../src/console/index.js';
import type { Licenseflow } from '../../src/client/index.js';
import type { Role, SignedIn } from '../../src/sign-in/identity.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import type { Person } from '../../src/simulator/seed/people.js';

const ROLES_OF: Readonly<Record<string, readonly Role[]>> = {
  [PEOPLE.megan.id]: ['requester', 'approver'],
  [PEOPLE.miriam.id]: ['requester', 'approver'],
  [PEOPLE.johanna.id]: ['requester', 'approver', 'operator'],
  [PEOPLE.patti.id]: ['operator'],
  [PEOPLE.amani.id]: ['auditor'],
};

/** Whoever has an id may ask; some have more to do. */
export function identityOf(id: string): SignedIn | null {
  if (id === '') return null;
  const known = Object.values(PEOPLE).find((each: Person) => each.id === id);
  const { displayName, userPrincipalName } = known ?? { displayName: 'A Colleague', userPrincipalName: id };
  return { id, displayName, userPrincipalName, roles: ROLES_OF[id] ?? ['requester'] };
}

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const PERSON = 'person';

export async function consoleServer(licenseflow: Licenseflow): Promise<FastifyInstance> {
  const server = fastify({ forceCloseConnections: true });
  await server.register(cookie);
  await server.register(formbody);
  await server.register(csrf);
  server.decorateRequest('signedIn', null);
  server.addHook('onRequest', async (request, reply) => {
    request.signedIn = identityOf(request.cookies[PERSON] ?? '');
    reply.header('content-security-policy', POLICY);
  });
  server.addHook('preHandler', (request, reply, done) => {
    if (request.method === 'POST') server.csrfProtection(request, reply, done);
    else done();
  });
  server.get('/sign-in', async (request, reply) => {
    const { as, return_to: back = '/' } = request.query as { as?: string; return_to?: string };
    if (as === undefined) return reply.type('text/html').send('<!doctype html><title>Sign in</title><h1>Sign in</h1>');
    return reply.setCookie(PERSON, as, { path: '/' }).redirect(back);
  });
  server.post('/sign-out', async (_request, reply) => reply.clearCookie(PERSON, { path: '/' }).redirect('/sign-in'));
  server.get('/api/v1/campaigns/:id/events', async (request, reply) => {
    const { id } = request.params as { id: string };
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    const gone = new AbortController();
    reply.raw.on('close', () => gone.abort());
    for await (const view of licenseflow.campaigns.watch(id, { everyMs: 200, signal: gone.signal }))
      reply.raw.write(`data: ${JSON.stringify({ state: view.state })}\n\n`);
    reply.raw.end();
  });
  await server.register(consolePages({ licenseflow }));
  return server;
}

/** Somebody at the console, without a browser: cookies are kept, forms are filled in from the page. */
export class Visitor {
  readonly #cookies = new Map<string, string>();

  constructor(
    private readonly server: FastifyInstance,
    person: Pick<Person, 'id'> | null,
  ) {
    if (person !== null) this.#cookies.set(PERSON, person.id);
  }

  signOut(): void {
    this.#cookies.delete(PERSON);
  }

  async get(url: string): Promise<Answer> {
    return this.#keep(await this.server.inject({ method: 'GET', url, headers: this.#headers() }));
  }

  /** Sends the form of the page that goes to `action`, with its hidden fields, and what is filled in. */
  async send(
    page: Answer,
    action: string,
    filled: Readonly<Record<string, string | readonly string[]>> = {},
  ): Promise<Answer> {
    return this.post(action, { ...page.hiddenFields(action), ...filled });
  }

  async post(url: string, fields: Readonly<Record<string, string | readonly string[]>>): Promise<Answer> {
    const form = new URLSearchParams(
      Object.entries(fields).flatMap(([name, value]) => [value].flat().map((text) => [name, text] as [string, string])),
    );
    const headers = { ...this.#headers(), 'content-type': 'application/x-www-form-urlencoded' };
    return this.#keep(await this.server.inject({ method: 'POST', url, headers, payload: form.toString() }));
  }

  /** The same form with a file. */
  async upload(
    page: Answer,
    action: string,
    fields: Readonly<Record<string, string>>,
    file: { readonly field: string; readonly name: string; readonly content: string },
  ): Promise<Answer> {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...page.hiddenFields(action), ...fields })) form.append(name, value);
    form.append(file.field, new Blob([file.content], { type: 'text/csv' }), file.name);
    const body = new Response(form);
    const headers = { ...this.#headers(), 'content-type': body.headers.get('content-type') ?? '' };
    const payload = Buffer.from(await body.arrayBuffer());
    return this.#keep(await this.server.inject({ method: 'POST', url: action, headers, payload }));
  }

  /** As a browser does it: on to wherever the answer leads. */
  async follow(answer: Answer): Promise<Answer> {
    return answer.location === null ? answer : this.get(answer.location);
  }

  #headers() {
    return { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  }

  #keep(response: LightMyRequestResponse): Answer {
    for (const { name, value } of response.cookies) this.#cookies.set(name, value);
    return new Answer(response);
  }
}

export class Answer {
  readonly status: number;
  readonly html: string;
  readonly location: string | null;
  readonly headers: LightMyRequestResponse['headers'];

  constructor({ statusCode, body, headers }: LightMyRequestResponse) {
    this.status = statusCode;
    this.html = body;
    this.headers = headers;
    this.location = headers.location ?? null;
  }

  /** What people read, without marks. */
  get text(): string {
    return unescaped(this.html.replace(/<[^>]*>/gu, ' ')).replace(/\s+/gu, ' ');
  }

  /** Of the first form that goes to `action`. */
  hiddenFields(action: string): Record<string, string> {
    const forms = this.html
      .split('<form')
      .slice(1)
      .map((part) => part.split('</form>')[0] ?? '');
    const wanted = forms.find((part) => /action="([^"]*)"/u.exec(part)?.[1] === action);
    if (wanted === undefined) throw new Error(`The page has no form that goes to ${action}.`);
    const inputs = [...wanted.matchAll(/<input[^>]*type="hidden"[^>]*>/gu)].map(([input]) => input);
    return Object.fromEntries(
      inputs.map((input) => [attribute(input, 'name'), unescaped(attribute(input, 'value'))] as const),
    );
  }
}

function attribute(input: string, name: string): string {
  return new RegExp(`${name}="([^"]*)"`, 'u').exec(input)?.[1] ?? '';
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
