/**
 * The API: every route behind sign-in and its permission, every schema from one source, every refusal as Problem Details,
 * and the document that says all of it.
 */
import swagger from '@fastify/swagger';
import type { FastifyInstance, HTTPMethods, RouteOptions } from 'fastify';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { auditRoutes } from './audit.js';
import { batchRoutes } from './batches.js';
import { campaignRoutes } from './campaigns.js';
import { directoryRoutes } from './directory.js';
import { onlyReferenced, openApi } from './openapi.js';
import { ApiProblem, sendProblem } from './problem.js';
import { requestRoutes } from './requests.js';
import type { ApiOptions } from './route.js';
import { admitted, describeRoute } from './route.js';
import { seatRoutes } from './seats.js';

export const API_PREFIX = '/api/v1';

const TARGET = { zodToJsonConfig: { target: 'draft-2020-12' } } as const;
const referenced = createJsonSchemaTransformObject(TARGET);

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** To be registered under {@link API_PREFIX}, behind sign-in. */
export async function api(server: FastifyInstance, options: ApiOptions): Promise<void> {
  server.setValidatorCompiler(validatorCompiler);
  // What goes out is held to its schema by the compiler and by tests; it is not checked a second time on its way.
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));
  server.setErrorHandler(sendProblem);
  server.setNotFoundHandler((request, reply) => sendProblem(noSuchPath(), request, reply));
  server.addContentTypeParser('text/csv', (_request, payload, done) => done(null, payload));
  await server.register(swagger, {
    openapi: openApi(),
    transform: createJsonSchemaTransform(TARGET),
    transformObject: (document) => onlyReferenced(referenced(document)),
  });
  server.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json').send(server.swagger()),
  );
  await server.register(async (closed) => {
    const methods = new Map<string, Set<HTTPMethods>>();
    closed.addHook('onRoute', (route) => noteMethods(methods, route));
    closed.addHook('onRoute', describeRoute);
    closed.addHook('onRequest', admitted);
    const typed = closed.withTypeProvider<ZodTypeProvider>();
    for (const addTo of [requestRoutes, batchRoutes, directoryRoutes, seatRoutes, campaignRoutes, auditRoutes])
      addTo(typed, options);
    refuseOtherMethods(server, methods);
  });
}

function noteMethods(methods: Map<string, Set<HTTPMethods>>, { url, method }: RouteOptions): void {
  const known = methods.get(url) ?? new Set();
  for (const one of [method].flat()) known.add(one);
  methods.set(url, known);
}

/** A path that exists says which methods it has. */
function refuseOtherMethods(server: FastifyInstance, methods: ReadonlyMap<string, ReadonlySet<HTTPMethods>>): void {
  for (const [url, known] of methods) {
    const others = METHODS.filter((method) => !known.has(method));
    server.route({
      method: [...others],
      url: url.slice(API_PREFIX.length),
      schema: { hide: true },
      handler: (request, reply) => {
        void reply.header('allow', [...known].join(', '));
        return sendProblem(wrongMethod(request.method), request, reply);
      },
    });
  }
}

function wrongMethod(method: string): ApiProblem {
  return new ApiProblem(
    405,
    'WRONG_METHOD',
    `This path does not take ${method}.`,
    'The header "Allow" names the methods that it takes.',
  );
}

function noSuchPath(): ApiProblem {
  return new ApiProblem(404, 'NO_SUCH_PAGE', 'There is nothing here.', 'Every path is in /api/v1/openapi.json');
}
