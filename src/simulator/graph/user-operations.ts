import { graphError, GraphError } from '../graph-error.js';
import type { GraphReply } from './graph-call.js';
import { groupContextOf, groupResource } from './group-resource.js';
import { empty, json, userOf, type Operation, type OperationRequest } from './operation.js';
import { READ_MEMBERS, READ_USERS, WRITE_USERS } from './permissions.js';
import { expandedManager, managerOf } from './user-expand.js';
import { listUsers } from './user-list.js';
import { patchUser } from './user-patch.js';
import { userContext, userResource } from './user-resource.js';

/** Operations on users, from Microsoft's reference of the user resource. */
export const USER_OPERATIONS: readonly Operation[] = [
  { method: 'GET', path: ['users'], permissions: READ_USERS, resourceUnits: 2, answer: listUsers },
  {
    method: 'GET',
    path: ['users', ':user'],
    permissions: READ_USERS,
    ownPermissions: ['User.Read', 'User.ReadWrite'],
    resourceUnits: 1,
    answer: getUser,
  },
  {
    method: 'PATCH',
    path: ['users', ':user'],
    permissions: WRITE_USERS,
    roles: ['User Administrator', 'Directory Writers', 'Global Administrator'],
    resourceUnits: 1,
    writesUser: true,
    apply: patchUser,
    answer: () => empty(204),
  },
  {
    method: 'GET',
    path: ['users', ':user', 'manager'],
    permissions: READ_USERS,
    ownPermissions: ['User.Read', 'User.ReadWrite'],
    resourceUnits: 1,
    answer: getManager,
  },
  {
    method: 'GET',
    path: ['users', ':user', 'memberOf'],
    permissions: [...READ_MEMBERS, ...READ_USERS],
    ownPermissions: ['User.Read'],
    resourceUnits: 2,
    answer: getMemberOf,
  },
  {
    method: 'POST',
    path: ['users', ':user', 'sendMail'],
    permissions: ['Mail.Send'],
    ownPermissions: ['Mail.Send'],
    resourceUnits: 1,
    apply: sendMail,
    answer: () => empty(202),
  },
];

function getUser(request: OperationRequest): GraphReply {
  const { call } = request;
  return json({
    '@odata.context': userContext(call.root, call.query),
    ...userResource(userOf(request), call.query),
    ...expandedManager(request, userOf(request)),
  });
}

function getManager(request: OperationRequest): GraphReply {
  const manager = managerOf(request, userOf(request));
  if (!manager) throw graphError('E12', { resource: 'manager' });
  const { call } = request;
  return json({
    '@odata.context': `${call.root}/$metadata#directoryObjects/$entity`,
    '@odata.type': '#microsoft.graph.user',
    ...userResource(manager, call.query),
  });
}

function getMemberOf(request: OperationRequest): GraphReply {
  const { call, tenant } = request;
  const user = userOf(request);
  const groups = [...tenant.directory.groups()].filter((group) => group.memberIds.includes(user.id));
  return json({
    '@odata.context': `${call.root}/$metadata#directoryObjects`,
    value: groups.map((group) => ({
      '@odata.type': '#microsoft.graph.group',
      ...groupResource(groupContextOf(tenant, group), call.query),
    })),
  });
}

function sendMail(request: OperationRequest): void {
  const { tenant, call } = request;
  // Parameter names are spelled with capitals in the metadata and without in the documentation; both are taken.
  const given = Object.entries(typeof call.body === 'object' && call.body !== null ? call.body : {});
  const message: unknown = given.find(([name]) => name.toLowerCase() === 'message')?.[1];
  if (message === undefined) {
    throw new GraphError(400, 'ErrorInvalidRequest', 'The message parameter is missing from the request payload.');
  }
  tenant.mails.push({ at: tenant.surroundings.now(), fromUserId: userOf(request).id, message });
}
