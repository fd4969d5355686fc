/** What every route of the API says of itself: which permission it takes. A route that does not say it cannot be added. */
import type { FastifyInstance, FastifyRequest, RawServerDefault, RouteOptions } from 'fastify';
import type { FastifyBaseLogger } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Licenseflow } from '../client/index.js';
import type { Permission } from '../sign-in/access.js';
import { may, PERMITTED } from '../sign-in/access.js';
import type { SignedIn } from '../sign-in/identity.js';
import { SignInProblem } from '../sign-in/sign-in-problem.js';
import { ApiProblem, PROBLEM_TYPE, ProblemSchema } from './problem.js';

export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface ApiOptions {
  readonly licenseflow: Licenseflow;
  readonly limits: ApiLimits;
}

export interface ApiLimits {
  /** Of a file that is uploaded, in bytes. */
  readonly uploadBytes: number;
  /** From one look at a campaign to the next while somebody watches it; milliseconds. */
  readonly watchEveryMs: number;
  /** A watch is ended after so long, so that whoever watches is asked for again who they are; milliseconds. */
  readonly watchMaxMs: number;
}

/** Adds the routes of one capability. */
export type Routes = (api: Api, options: ApiOptions) => void;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route; what may be seen of the answer is decided with the answer. */
    permission?: Permission;
  }
}

/** For `config` of a route. */
export function permitted(permission: Permission): { readonly permission: Permission } {
  return { permission };
}

/** Who calls; every route of the API is behind {@link admitted}. */
export function callerOf({ signedIn }: FastifyRequest): SignedIn {
  if (signedIn === null) throw SignInProblem.nobody();
  return signedIn;
}

/** Lets nobody in who is not signed in, or lacks the roles of the route. */
export async function admitted(request: FastifyRequest): Promise<void> {
  const { permission } = request.routeOptions.config;
  const who = callerOf(request);
  if (permission === undefined || !may(who, permission)) throw roleMissing(permission ?? 'operate');
}

export function roleMissing(permission: Permission): ApiProblem {
  return new ApiProblem(
    403,
    'ROLE_MISSING',
    `This takes one of the roles ${PERMITTED[permission].join(', ')}. Nothing was done.`,
    'An administrator assigns roles to people in Microsoft Entra ID; sign in again afterwards.',
  );
}

/** Not told apart from what does not exist: an id that was guessed must not show whether it was a good guess. */
export function unseen(requestId: string): ApiProblem {
  return new ApiProblem(
    404,
    'NO_SUCH_REQUEST',
    `There is no request ${requestId}.`,
    'Check the id. You see your own requests, and those that ask you to decide.',
  );
}

const FAULTS = {
  '4xx': { description: 'The call was refused, and why.', content: { [PROBLEM_TYPE]: { schema: ProblemSchema } } },
  '5xx': { description: 'It could not be done just now.', content: { [PROBLEM_TYPE]: { schema: ProblemSchema } } },
};

/** What the document says of every route alike. */
export function describeRoute(route: RouteOptions): void {
  const { schema, config, url } = route;
  // The server adds a HEAD to each GET, and the answers to methods that a path does not have are none of the document's.
  if (schema === undefined) throw new Error(`The route ${url} has no schema.`);
  if (schema.hide === true) return;
  const permission = config?.permission;
  if (permission === undefined) throw new Error(`The route ${url} does not say who may call it.`);
  const roles = `Roles: ${PERMITTED[permission].join(', ')}.`;
  route.schema = {
    ...schema,
    description: schema.description === undefined ? roles : `${schema.description} ${roles}`,
    security: [{ accessToken: [] }, { session: [] }],
    response: { ...(schema.response as object), ...FAULTS },
  };
}
