import { GraphError } from '../graph-error.js';
import type { UserRecord } from '../user-record.js';
import type { OperationRequest } from './operation.js';
import { DEFAULT_USER_PROPERTIES, userResource } from './user-resource.js';

/** The manager of a user as this call sees it; `undefined` where there is none any more. */
export function managerOf({ tenant, seen }: OperationRequest, user: UserRecord): UserRecord | undefined {
  const manager = user.managerId === null ? undefined : tenant.directory.user(user.managerId);
  return manager && manager.deletedDateTime === null ? seen(manager) : undefined;
}

/** `$expand=manager`, with an optional `$select` of its own. */
export function expandedManager(request: OperationRequest, user: UserRecord): Record<string, unknown> {
  const expand = request.call.query.get('$expand');
  if (expand === null) return {};
  const match = /^manager(?:\(\$select=([\w,]+)\))?$/.exec(expand);
  if (!match) throw new GraphError(400, 'Request_UnsupportedQuery', `Unsupported expand: '${expand}'.`);
  const manager = managerOf(request, user);
  if (!manager) return {};
  // The id is always part of an expanded object.
  const select = match[1] === undefined ? DEFAULT_USER_PROPERTIES : ['id', ...match[1].split(',')];
  const resource = userResource(manager, new URLSearchParams({ $select: select.join() }));
  return { manager: { '@odata.type': '#microsoft.graph.user', ...resource } };
}
