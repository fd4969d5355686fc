import Fastify from 'fastify';
import { z } from 'zod';
import { addSignInRoutes, type SignInSurroundings } from '../authority/sign-in-routes.js';
import { GraphError } from '../graph-error.js';
import type { NewTenant } from '../tenant-registry.js';
import type { Tenant } from '../tenant.js';
import { TenantOptions } from '../tenant-options.js';
import { CONTROL_OPERATIONS, isControlOperation, type ControlOperationName } from './control-operations.js';

/** What `POST /tenants` takes. */
const NewTenantBody = z.strictObject({
  seed: z.enum(['contoso', 'empty']).optional(),
  id: z.guid().optional(),
  displayName: z.string().min(1).optional(),
  users: z.int().min(0).max(200_000).optional(),
  options: TenantOptions.partial().optional(),
});

interface TenantPath {
  readonly Params: { readonly tenant: string };
}
interface OperationPath {
  readonly Params: { readonly tenant: string; readonly operation: string };
}

/** What the control surface steers. */
export interface ControlledSimulator {
  /** Root of the Graph endpoint, without version: `https://localhost:8443`. */
  readonly graphUrl: string;
  /** Root of the sign-in endpoints, on the same port. */
  readonly authorityHost: string;
  /** PEM file of the authority that clients must trust. */
  readonly caFile: string;
  createTenant(wanted?: NewTenant): Promise<Tenant>;
  /**
   * A tenant by id or domain. Several tenants may share a domain; the one that was made first answers to it.
   *
   * @throws Error where there is none.
   */
  tenant(idOrDomain?: string): Tenant;
  tenants(): Tenant[];
  /** Makes a tenant anew from its seed. The object of the old one is of no use afterwards. */
  resetTenant(id: string): Promise<Tenant>;
}

/**
 * The control surface: `GET /` lists what there is, `GET` or `POST /tenants/{tenant}/{operation}` does it; and the pages
 * on which people sign in. Plain HTTP, for this machine only.
 */
export function createControlServer(simulator: ControlledSimulator, signIn: SignInSurroundings) {
  const server = Fastify({ forceCloseConnections: true });
  server.setErrorHandler((error, _request, reply) => reply.code(statusOf(error)).send({ error: sentence(error) }));
  // Its pages are here too, because browsers do not trust the certificate of the simulator.
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
  addSignInRoutes(server, () => signIn);
  server.get('/', () => ({
    graphUrl: simulator.graphUrl,
    authorityHost: simulator.authorityHost,
    caFile: simulator.caFile,
    tenants: simulator.tenants().map(description),
    operations: Object.entries(CONTROL_OPERATIONS).map(([name, { summary }]) => ({ name, summary })),
  }));
  server.get('/tenants', () => simulator.tenants().map(description));
  server.post('/tenants', async (request) => {
    return description(await simulator.createTenant(NewTenantBody.parse(request.body ?? {})));
  });
  server.post<TenantPath>('/tenants/:tenant/reset', async (request) => {
    const tenant = simulator.tenant(request.params.tenant);
    return description(await simulator.resetTenant(tenant.id));
  });
  server.route<OperationPath>({
    method: ['GET', 'POST'],
    url: '/tenants/:tenant/:operation',
    handler: (request, reply) => {
      const { tenant, operation } = request.params;
      if (!isControlOperation(operation)) {
        return reply.code(404).send({ error: `There is no operation ${operation}; GET / lists them.` });
      }
      return reply.send(JSON.stringify(run(operation, simulator.tenant(tenant), request.body ?? {}) ?? null));
    },
  });
  return server;
}

function description(tenant: Tenant) {
  return { id: tenant.id, displayName: tenant.displayName, domains: tenant.domains };
}

/** The table's types belong together entry by entry, which the compiler cannot follow through a name. */
function run(name: ControlOperationName, tenant: Tenant, input: unknown): unknown {
  const operation: { input: z.ZodType; run: (tenant: Tenant, input: never) => unknown } = CONTROL_OPERATIONS[name];
  return operation.run(tenant, operation.input.parse(input) as never);
}

/** Plain errors and errors of Graph are about what was asked; anything else is a fault of the simulator. */
function statusOf(error: unknown): number {
  const isRefusal =
    error instanceof z.ZodError || error instanceof GraphError || Object.getPrototypeOf(error) === Error.prototype;
  return isRefusal ? 400 : 500;
}

function sentence(error: unknown): string {
  if (error instanceof z.ZodError) {
    return error.issues.map(({ path, message }) => `${path.join('.') || 'The request'}: ${message}`).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
