/** One server for people and programs: sign-in, the API, and the pages that are registered with it. */
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { randomUUID } from 'node:crypto';
import { api, API_PREFIX } from '../api/plugin.js';
import { ApiProblem, sendProblem } from '../api/problem.js';
import type { ApiLimits } from '../api/route.js';
import type { Licenseflow } from '../client/index.js';
import type { Access, CodecEndpointOptions } from '../codec/endpoint.js';
import { codecEndpoint } from '../codec/endpoint.js';
import { may } from '../sign-in/access.js';
import { Authority } from '../sign-in/authority.js';
import { signIn } from '../sign-in/plugin.js';
import { healthRoutes } from './health.js';

export interface WebServerOptions {
  readonly licenseflow: Licenseflow;
  /** The same, for a caller who waits a few seconds only. @default `licenseflow` */
  readonly impatient?: Pick<Licenseflow, 'tenant'>;
  readonly log: FastifyBaseLogger;
  readonly trustedProxies: readonly string[];
  readonly publicUrl: string;
  readonly authorityHost: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly audience: string;
  readonly scope: string;
  readonly sessionSecrets: readonly string[];
  readonly sessionIdleMs: number;
  readonly sessionLifetimeMs: number;
  readonly callsPerMinute: number;
  readonly limits?: Partial<ApiLimits>;
  /** For the Temporal UI and CLI, where payloads are encrypted. @default there is no such endpoint */
  readonly codec?: Omit<CodecEndpointOptions, 'authorize'> | null;
  /** Pages beside the API, at `/`. */
  readonly pages?: readonly FastifyPluginAsync[];
}

/** Where the Temporal UI and CLI are told to look for it. */
const CODEC = { prefix: '/codec' };

const KB = 1_024;
const MINUTE_MS = 60_000;

/** Of a call that is no upload. */
const BODY_BYTES = 256 * KB;
/** One address may stand for a whole office, so it may call as often as so many people. */
const PEOPLE_BEHIND_ADDRESS = 20;

const DEFAULT_LIMITS: ApiLimits = {
  uploadBytes: 64 * KB * KB,
  watchEveryMs: 1_000,
  watchMaxMs: 15 * MINUTE_MS,
};

/** A server that does not listen yet. */
export async function createWebServer(options: WebServerOptions): Promise<FastifyInstance> {
  const { licenseflow, impatient = licenseflow, log, trustedProxies, pages = [] } = options;
  const server = Fastify({
    loggerInstance: log,
    // Addresses of pages name people, and calls are many.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    bodyLimit: BODY_BYTES,
    genReqId: () => randomUUID(),
    // Ids that callers send along are theirs.
    requestIdHeader: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 400 },
  });
  server.setErrorHandler(sendProblem);
  await protect(server, options);
  await server.register(formbody);
  healthRoutes(server, impatient);
  await server.register(async (closed) => {
    await signedIn(closed, options);
    await closed.register(api, { prefix: API_PREFIX, licenseflow, limits: { ...DEFAULT_LIMITS, ...options.limits } });
    if (options.codec) await closed.register(codecEndpoint({ ...options.codec, authorize: mayDecrypt }), CODEC);
    for (const page of pages) await closed.register(page);
  });
  return server;
}

/** Histories hold what requests and campaigns say, so who may read all of these may read them. */
async function mayDecrypt({ signedIn: who }: FastifyRequest): Promise<Access> {
  if (who === null) return 'unauthenticated';
  return may(who, 'readAll') ? 'allowed' : 'forbidden';
}

/** Headers that leave a browser nothing to do but what our own pages say; and no more calls than somebody can mean. */
async function protect(server: FastifyInstance, { publicUrl, authorityHost }: WebServerOptions): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        // Signing out and in again leads from a form of ours to the sign-in service.
        formAction: ["'self'", new URL(authorityHost).origin],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    strictTransportSecurity: publicUrl.startsWith('https:') ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: 'same-origin' },
    frameguard: { action: 'deny' },
  });
  await server.register(rateLimit, { global: false });
}

async function signedIn(server: FastifyInstance, options: WebServerOptions): Promise<void> {
  const { authorityHost, tenantId, clientId, clientSecret, callsPerMinute } = options;
  server.addHook(
    'onRequest',
    server.rateLimit({
      max: callsPerMinute * PEOPLE_BEHIND_ADDRESS,
      timeWindow: MINUTE_MS,
      keyGenerator: ({ ip }) => ip,
    }),
  );
  await server.register(signIn, {
    authority: new Authority({ authorityHost, tenantId, clientId, clientSecret }),
    clientId,
    ...{ audience: options.audience, scope: options.scope, publicUrl: options.publicUrl },
    sessionSecrets: options.sessionSecrets,
    ...{ idleMs: options.sessionIdleMs, lifetimeMs: options.sessionLifetimeMs },
  });
  // The library counts a call once, and this one has been counted for its address.
  const countOf = server.createRateLimit({
    max: callsPerMinute,
    timeWindow: MINUTE_MS,
    keyGenerator: ({ signedIn, ip }) => signedIn?.id ?? ip,
  });
  server.addHook('preHandler', async (request, reply) => {
    const count = await countOf(request);
    if (count.isAllowed || !count.isExceeded) return;
    void reply.header('retry-after', String(count.ttlInSeconds));
    throw tooManyCalls();
  });
}

function tooManyCalls(): ApiProblem {
  return new ApiProblem(
    429,
    'TOO_MANY_CALLS',
    'These are more calls than one person makes. Nothing was done.',
    'Wait as long as the header "Retry-After" says.',
  );
}
