/** A web server of one test's own, in front of a playground; and people who sign in to it. */
import { createHash, randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { pino } from 'pino';
import type { Licenseflow } from '../../src/client/index.js';
import { freePort } from '../../src/embedded/free-port.js';
import { WEB_APPLICATION } from '../../src/simulator/seed/contoso.js';
import type { WebServerOptions } from '../../src/web/server.js';
import { createWebServer } from '../../src/web/server.js';
import type { Playground } from './playground.js';
import { testSimulator } from './simulator.js';

export const REDIRECT_URI = 'http://localhost/sign-in/callback';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; `undefined` where it is none. */
  readonly json: Record<string, never>;
}

export interface CallOptions {
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is where it is a text, as JSON otherwise. */
  readonly body?: unknown;
}

export class Web {
  private constructor(
    readonly server: FastifyInstance,
    readonly url: string,
    readonly tenantId: string,
    /** What the server logged. */
    readonly logged: readonly string[],
  ) {}

  static async open(
    playground: Pick<Playground, 'licenseflow' | 'tenant'>,
    options: Partial<WebServerOptions> & { readonly pages?: readonly FastifyPluginAsync[] } = {},
  ): Promise<Web> {
    const { authorityHost } = await testSimulator();
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const logged: string[] = [];
    const server = await createWebServer({
      licenseflow: playground.licenseflow,
      log: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
      ...webSettings(authorityHost, playground.tenant.id),
      publicUrl: url,
      limits: { watchEveryMs: 50 },
      ...options,
    });
    await server.listen({ host: 'localhost', port });
    return new Web(server, url, playground.tenant.id, logged);
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  async call(method: string, path: string, { token = null, headers = {}, body }: CallOptions = {}): Promise<Answer> {
    const isText = typeof body === 'string';
    return answerOf(
      await fetch(`${this.url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(token !== null && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': isText ? 'text/csv' : 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
      }),
    );
  }

  /** Somebody with an access token. */
  async as(person: { readonly id: string }): Promise<Caller> {
    return new Caller(this, await accessTokenOf(this.tenantId, person.id));
  }

  /** A browser in which nobody is signed in. */
  browser(): Browser {
    return new Browser(this.url);
  }
}

/** Somebody who calls the API with a token. */
export class Caller {
  constructor(
    private readonly web: Web,
    readonly token: string,
  ) {}

  get(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.web.call('GET', `/api/v1${path}`, { token: this.token, ...options });
  }

  post(path: string, body: unknown = {}, options: CallOptions = {}): Promise<Answer> {
    return this.web.call('POST', `/api/v1${path}`, { token: this.token, body, ...options });
  }

  put(path: string, body: unknown = {}, options: CallOptions = {}): Promise<Answer> {
    return this.web.call('PUT', `/api/v1${path}`, { token: this.token, body, ...options });
  }
}

/** Keeps cookies, and follows no redirect by itself. */
export class Browser {
  readonly cookies = new Map<string, string>();

  constructor(private readonly url: string) {}

  async send(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { headers = {}, body } = options;
    const isForm = typeof body === 'string';
    const response = await fetch(new URL(path, this.url), {
      method,
      redirect: 'manual',
      headers: {
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body !== undefined && {
          'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
        }),
        ...headers,
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    return answerOf(response);
  }

  /** Goes to the sign-in service, picks this person there, and comes back. */
  async signIn(person: { readonly id: string }, returnTo = '/'): Promise<Answer> {
    const begun = await this.send('GET', `/sign-in?return_to=${encodeURIComponent(returnTo)}`);
    return this.send('GET', await pickedAt(begun.headers.get('location') ?? '', person.id));
  }

  #keep(cookie: string): void {
    const [pair = '', ...attributes] = cookie.split('; ');
    const [name = '', ...value] = pair.split('=');
    const isGone = attributes.some((attribute) => /^(?:max-age=0|expires=.* 1970 .*)$/i.test(attribute));
    if (isGone) this.cookies.delete(name);
    else this.cookies.set(name, value.join('='));
  }
}

/** The page of the sign-in service, with this person picked: where the browser goes next. */
export async function pickedAt(signInUrl: string, personId: string): Promise<string> {
  const picked = await fetch(signInUrl, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ user: personId }),
  });
  return picked.headers.get('location') ?? `refused: ${await picked.text()}`;
}

/** An access token as a program gets it that a person signed in to. */
export async function accessTokenOf(tenantId: string, personId: string): Promise<string> {
  const { body } = await tokensOf(tenantId, personId);
  return String(body['access_token']);
}

export async function tokensOf(
  tenantId: string,
  personId: string,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const { authorityHost } = await testSimulator();
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: WEB_APPLICATION.appId,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid profile',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const root = `${authorityHost}/${tenantId}/oauth2/v2.0`;
  const back = await pickedAt(`${root}/authorize?${query.toString()}`, personId);
  const code = new URL(back).searchParams.get('code') ?? '';
  return redeemed(`${root}/token`, { grant_type: 'authorization_code', code, code_verifier: verifier });
}

export async function redeemed(tokenUrl: string, fields: Readonly<Record<string, string>>) {
  const answer = await fetch(tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: WEB_APPLICATION.appId,
      client_secret: WEB_APPLICATION.secrets[0],
      redirect_uri: REDIRECT_URI,
      ...fields,
    }),
  });
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
}

/** Settings of a server whose people are those of a simulated tenant. */
export function webSettings(authorityHost: string, tenantId: string) {
  return {
    ...{ authorityHost, tenantId, trustedProxies: [], scope: 'access_as_user' },
    clientId: WEB_APPLICATION.appId,
    clientSecret: WEB_APPLICATION.secrets[0],
    audience: WEB_APPLICATION.appId,
    sessionSecrets: ['a-secret-of-the-tests-and-of-nothing-else'],
    ...{ sessionIdleMs: 60_000, sessionLifetimeMs: 600_000, callsPerMinute: 10_000 },
  };
}

/** A library none of whose calls is meant to be made. */
export const NO_CALLS = new Proxy({} as Licenseflow, {
  get: () => new Proxy({}, { get: () => () => Promise.reject(new Error('The library was called.')) }),
});

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json: json as Record<string, never> };
}
