/** People to choose of while somebody types; the forms work without it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Licenseflow } from '../../client/index.js';
import { may } from '../../sign-in/access.js';
import { orNull } from '../surroundings.js';

/** Of fewer letters there are too many people. */
const LETTERS_MIN = 2;

export async function people(
  licenseflow: Licenseflow,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { signedIn } = request;
  if (signedIn === null || !may(signedIn, 'look')) return reply.code(signedIn === null ? 401 : 403).send([]);
  const { q } = request.query as { readonly q?: unknown };
  const typed = typeof q === 'string' ? q.trim().slice(0, 100) : '';
  const found = typed.length < LETTERS_MIN ? [] : await orNull(licenseflow.tenant.people(typed));
  return reply.send((found ?? []).map(({ displayName, userPrincipalName }) => ({ displayName, userPrincipalName })));
}
