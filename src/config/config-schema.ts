/** The configuration as a whole: every key, its bounds and its default. How a key can be given: `settings.ts`. */
import { z } from 'zod';
import type { CloudName } from '../graph/clouds.js';
import { api } from './api.js';
import { credential } from './credential.js';
import { duration } from './duration.js';
import { encryption } from './encryption.js';
import { HOST_AND_PORT, listenAddress } from './host-and-port.js';
import { notices } from './notices.js';
import { section } from './section.js';

const text = z.string().trim().min(1);

const TENANT = /^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/i;
const CLOUDS = { global: true, 'us-gov-l4': true, 'us-gov-l5-dod': true, china: true } satisfies Record<
  CloudName,
  true
>;
const CLOUD_NAMES = Object.keys(CLOUDS) as [CloudName, ...CloudName[]];

const httpsOrigin = text.refine(isHttpsOrigin, {
  error: 'is not an https address. Write https://host or https://host:port, without a path.',
});

const temporal = section({
  profile: text.optional(),
  configFile: text.optional(),
  address: text
    .regex(HOST_AND_PORT, { error: 'is not host:port. Write it such as localhost:7233, without http://.' })
    .optional(),
  namespace: text.optional(),
  taskQueue: text.default('licenseflow'),
});

const graph = section({
  tenantId: text.regex(TENANT, {
    error: 'is neither the id nor a domain of a tenant. The portal shows it under "Tenant ID".',
  }),
  cloud: z.enum(CLOUD_NAMES).optional(),
  graphUrl: httpsOrigin.optional(),
  authorityHost: httpsOrigin.optional(),
  credential,
  timeout: duration.prefault('30 seconds'),
  writeShare: z.number().min(0.001).max(1).default(0.5),
  writesInFlightMax: z.int().min(1).max(1000).default(20),
}).transform(({ cloud, graphUrl, authorityHost, timeout, ...rest }, context) => ({
  ...rest,
  /** For one call to Graph, sign-in included. */
  timeoutMs: timeout,
  cloud: cloudOf({ cloud, graphUrl, authorityHost }, context),
}));

const worker = section({
  workflowTasks: z.int().min(2).max(10_000).default(40),
  readActivities: z.int().min(1).max(10_000).default(100),
  cachedWorkflows: z.int().min(2).max(100_000).default(500),
  writesPerSecond: z.number().gt(0).max(1000).optional(),
  shutdownGrace: duration.prefault('60 seconds'),
})
  .refine(({ workflowTasks, cachedWorkflows }) => workflowTasks <= cachedWorkflows, {
    error: 'must not be above worker.cachedWorkflows: a workflow that runs is in memory.',
    path: ['workflowTasks'],
  })
  .transform(({ shutdownGrace, ...rest }) => ({
    ...rest,
    /** How long writes in flight are waited for. */
    shutdownGraceMs: shutdownGrace,
  }));

const metrics = section({
  listen: text
    .regex(HOST_AND_PORT, { error: 'is not host:port. Write it such as 127.0.0.1:9464.' })
    .optional()
    .transform((address) => (address === undefined ? null : listenAddress(address))),
});

const audit = section({
  url: text
    .regex(/^postgres(?:ql)?:\/\/\S+$/i, {
      error: 'is no PostgreSQL address. Write postgres://user:password@host:5432/database.',
    })
    .optional(),
  urlFile: text.optional(),
  folder: text.optional(),
})
  .refine(({ url, folder }) => url === undefined || folder === undefined, {
    error: 'does not go with audit.url. A folder is for one worker alone, a database for all of them.',
    path: ['folder'],
  })
  .transform(({ url, folder }) => ({ url, folder }));

const log = section({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
});

/** For processes that reach Graph. */
export const configSchema = section({
  temporal: temporal.prefault({}),
  graph,
  policy: section({ file: text }),
  notices: notices.prefault({}),
  audit: audit.prefault({}),
  api: z.unknown().optional(),
  worker: worker.prefault({}),
  encryption: encryption.prefault({}),
  metrics: metrics.prefault({}),
  log: log.prefault({}),
});

/** For processes that talk to Temporal only: what they do not need may be missing or wrong. */
export const clientConfigSchema = section({
  temporal: temporal.prefault({}),
  graph: z.unknown().optional(),
  policy: z.unknown().optional(),
  notices: z.unknown().optional(),
  audit: z.unknown().optional(),
  api: z.unknown().optional(),
  worker: z.unknown().optional(),
  encryption: encryption.prefault({}),
  metrics: z.unknown().optional(),
  log: log.prefault({}),
}).transform(({ temporal, encryption, log }) => ({ temporal, encryption, log }));

/** For the process that serves API and console. It talks to Temporal, and to the sign-in service; never to Graph. */
export const apiConfigSchema = section({
  temporal: temporal.prefault({}),
  graph: z.unknown().optional(),
  policy: z.unknown().optional(),
  notices: z.unknown().optional(),
  audit: z.unknown().optional(),
  api: api.prefault({} as never),
  worker: z.unknown().optional(),
  encryption: encryption.prefault({}),
  metrics: z.unknown().optional(),
  log: log.prefault({}),
}).transform(({ temporal, api, encryption, log }) => ({ temporal, api, encryption, log }));

export type Config = z.output<typeof configSchema>;
export type ApiConfig = z.output<typeof apiConfigSchema>;
export type ClientConfig = z.output<typeof clientConfigSchema>;
export type GraphCloud = Config['graph']['cloud'];

interface CloudKeys {
  readonly cloud: CloudName | undefined;
  readonly graphUrl: string | undefined;
  readonly authorityHost: string | undefined;
}

function cloudOf({ cloud, graphUrl, authorityHost }: CloudKeys, context: z.RefinementCtx) {
  if (graphUrl === undefined && authorityHost === undefined)
    return { kind: 'national', name: cloud ?? 'global' } as const;
  const refuse = (key: keyof CloudKeys, message: string): never => {
    context.issues.push({ code: 'custom', input: undefined, path: [key], message });
    return z.NEVER;
  };
  if (cloud !== undefined)
    return refuse('cloud', 'does not go with graphUrl and authorityHost. Remove one or the other.');
  if (graphUrl === undefined) return refuse('authorityHost', 'goes with graphUrl only. Give both, or name a cloud.');
  if (authorityHost === undefined) return refuse('graphUrl', 'needs an authorityHost to sign in at. Give both.');
  return { kind: 'custom', graphRoot: graphUrl, authorityHost } as const;
}

function isHttpsOrigin(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url?.protocol === 'https:' && url.pathname === '/' && url.search === '' && url.username === '';
}
