import { readFile } from 'node:fs/promises';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { addSignInRoutes, type SignInSurroundings } from './authority/sign-in-routes.js';
import type { CertificateFiles } from './certificate.js';
import type { GraphEndpoint } from './graph/endpoint.js';
import { parseUrl, type GraphOutcome, type GraphReply } from './graph/graph-call.js';
import { malformed } from './graph-error.js';
import { errorReply } from './graph/error-reply.js';
import type { TokenEndpoint } from './token-endpoint.js';

/** What was sent as JSON and is none. */
class MalformedJson {}

/** What answers behind the server. */
export interface Endpoints {
  readonly graph: GraphEndpoint;
  readonly token: TokenEndpoint;
  readonly signIn: SignInSurroundings;
}

/** The HTTPS side of the simulator: the Graph endpoint under `/v1.0` and the sign-in endpoints of every tenant. */
export async function createHttpsServer(certificate: CertificateFiles, behind: () => Endpoints | undefined) {
  const endpoints = (): Endpoints => {
    const found = behind();
    if (!found) throw new Error('The simulator is still starting.');
    return found;
  };
  const [key, cert] = await Promise.all([readFile(certificate.keyFile), readFile(certificate.certFile)]);
  const server = Fastify({ https: { key, cert }, forceCloseConnections: true, bodyLimit: 4 * 1024 * 1024 });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) =>
    done(null, parsedJson(String(body))),
  );
  server.get<{ Params: { tenant: string } }>('/:tenant/v2.0/.well-known/openid-configuration', (request, reply) =>
    send(reply, { kind: 'reply', reply: endpoints().token.configuration(request.params.tenant) }),
  );
  server.get('/:tenant/discovery/v2.0/keys', async (_request, reply) =>
    send(reply, { kind: 'reply', reply: await endpoints().token.keys() }),
  );
  addSignInRoutes(server as unknown as FastifyInstance, () => endpoints().signIn);
  server.post<{ Params: { tenant: string } }>('/:tenant/oauth2/v2.0/token', async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    return send(reply, await endpoints().token.token(request.params.tenant, form));
  });
  server.all('/v1.0/*', async (request, reply) => send(reply, await graphOutcome(request, endpoints().graph)));
  return server;
}

async function graphOutcome(request: FastifyRequest, graph: GraphEndpoint): Promise<GraphOutcome> {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join() : value]),
  );
  if (request.body instanceof MalformedJson) {
    const ids = { requestId: request.id, clientRequestId: headers['client-request-id'] ?? request.id };
    const error = malformed(
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    );
    return { kind: 'reply', reply: errorReply(error, ids, Date.now()) };
  }
  const url = request.url.slice('/v1.0'.length);
  return await graph.answer({
    method: request.method,
    url,
    ...parseUrl(url),
    headers,
    body: request.body,
    root: `https://${request.host}/v1.0`,
    batchRequestId: null,
  });
}

function parsedJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return new MalformedJson();
  }
}

function send(reply: FastifyReply, outcome: GraphOutcome): FastifyReply {
  if (outcome.kind === 'cut') {
    reply.hijack();
    reply.raw.destroy();
    return reply;
  }
  const { status, headers, body } = outcome.reply;
  reply.code(status).headers(headers);
  return sendBody(reply, body);
}

function sendBody(reply: FastifyReply, body: GraphReply['body']): FastifyReply {
  switch (body.kind) {
    case 'none':
      return reply.send();
    case 'json':
      return reply.type('application/json;odata.metadata=minimal;charset=utf-8').send(JSON.stringify(body.json));
    case 'html':
      return reply.type('text/html; charset=utf-8').send(body.html);
    case 'empty-json':
      return reply.type('application/json').send('');
  }
}
