import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { customCloud } from '../../src/graph/clouds.js';
import type { Cloud } from '../../src/graph/clouds.js';
import { ensureCertificate } from '../../src/simulator/certificate.js';

export const TENANT_ID = 'f97aeefc-af85-414d-8ae4-b457f90efc40';

/** One request as it came in over the wire. */
export interface Seen {
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** `reset` breaks the connection after the request was read; `silence` never answers; `cut` stops inside the body. */
export type Script = (seen: Seen) => Reply | 'reset' | 'silence' | 'cut';

/** An authority and a Graph on localhost that say what a test tells them to, for faults that no tenant can be asked for. */
export interface ScriptedGraph extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly root: string;
  /** Graph requests in order of arrival. */
  readonly calls: Seen[];
  /** Token requests in order of arrival. */
  readonly signIns: Seen[];
  answer: Script;
  signIn: Script;
}

export async function scriptedGraph(answer: Script = () => ({ status: 200, body: {} })): Promise<ScriptedGraph> {
  const directory = process.env['LICENSEFLOW_TEST_CERT_DIR'];
  if (directory === undefined)
    throw new Error('LICENSEFLOW_TEST_CERT_DIR is not set; run the tests with their launcher.');
  const files = await ensureCertificate(directory);
  const server = createServer({ cert: await readFile(files.certFile), key: await readFile(files.keyFile) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const root = `https://localhost:${(server.address() as AddressInfo).port}`;

  const graph: ScriptedGraph = {
    cloud: customCloud({ graphRoot: root, authorityHost: root }),
    root,
    calls: [],
    signIns: [],
    answer,
    signIn: () => token('opaque-token'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void read(request).then((seen) => {
      const isConfiguration = seen.url.includes('/.well-known/openid-configuration');
      const isSignIn = seen.url.includes('/oauth2/v2.0/token');
      if (isConfiguration) return reply(response, { status: 200, body: configuration(root) });
      (isSignIn ? graph.signIns : graph.calls).push(seen);
      return reply(response, isSignIn ? graph.signIn(seen) : graph.answer(seen));
    });
  });
  return graph;
}

/** The answer of the token endpoint. */
export function token(accessToken: string): Reply {
  return {
    status: 200,
    body: { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: accessToken },
  };
}

/** A token that can be read; its signature is nobody's. */
export function jwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`;
}

export function graphError(code: string, message: string, requestId = 'req-in-body'): unknown {
  return { error: { code, message, innerError: { date: '2026-03-29T13:23:55', 'request-id': requestId } } };
}

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = '', url = '', headers } = request;
  return { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
}

function reply(response: ServerResponse, said: Reply | 'reset' | 'silence' | 'cut'): void {
  if (said === 'silence') return;
  if (said === 'reset') {
    response.socket?.destroy();
    return;
  }
  if (said === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"id":', () => response.socket?.destroy());
    return;
  }
  const body = typeof said.body === 'string' ? said.body : said.body === undefined ? '' : JSON.stringify(said.body);
  response.writeHead(said.status, {
    'content-type': 'application/json',
    'request-id': 'req-in-header',
    ...said.headers,
  });
  response.end(body);
}

function configuration(root: string): unknown {
  const base = `${root}/${TENANT_ID}`;
  return {
    issuer: `${base}/v2.0`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
  };
}
