import { GraphError } from '../graph-error.js';
import type { GroupRecord } from '../group-record.js';
import { readLicenseChange } from '../license-assignment.js';
import { parseFilter } from '../odata/filter.js';
import { nextLink, page } from '../odata/page.js';
import type { UserRecord } from '../user-record.js';
import type { GraphReply } from './graph-call.js';
import { groupContextOf, groupResource } from './group-resource.js';
import { empty, groupOf, json, type Operation, type OperationRequest } from './operation.js';
import { LICENSE_ROLES, READ_MEMBERS } from './permissions.js';
import { userResource } from './user-resource.js';

/** Operations on groups, from Microsoft's reference of the group resource. */
export const GROUP_OPERATIONS: readonly Operation[] = [
  { method: 'GET', path: ['groups'], permissions: READ_MEMBERS, resourceUnits: 2, answer: listGroups },
  { method: 'GET', path: ['groups', ':group'], permissions: READ_MEMBERS, resourceUnits: 1, answer: getGroup },
  {
    method: 'GET',
    path: ['groups', ':group', 'members'],
    permissions: READ_MEMBERS,
    resourceUnits: 3,
    answer: (request) => memberList(request, '/members', membersOf(request, groupOf(request))),
  },
  {
    // Groups of the simulator hold no groups, so the members of all levels are those of the first.
    method: 'GET',
    path: ['groups', ':group', 'transitiveMembers', 'microsoft.graph.user'],
    permissions: READ_MEMBERS,
    resourceUnits: 3,
    answer: (request) =>
      memberList(request, '/transitiveMembers/microsoft.graph.user', membersOf(request, groupOf(request))),
  },
  {
    method: 'GET',
    path: ['groups', ':group', 'membersWithLicenseErrors'],
    permissions: READ_MEMBERS,
    resourceUnits: 3,
    answer: (request) =>
      memberList(
        request,
        '/membersWithLicenseErrors',
        groupContextOf(request.tenant, groupOf(request)).membersWithErrors(),
      ),
  },
  {
    method: 'POST',
    path: ['groups', ':group', 'assignLicense'],
    permissions: ['LicenseAssignment.ReadWrite.All', 'Group.ReadWrite.All', 'Directory.ReadWrite.All'],
    roles: ['Groups Administrator', ...LICENSE_ROLES],
    resourceUnits: 1,
    apply: (request) => request.tenant.changeGroupLicenses(groupOf(request).id, readLicenseChange(request.call.body)),
    answer: acceptedGroup,
  },
];

function listGroups({ call, tenant }: OperationRequest): GraphReply {
  const text = call.query.get('$filter');
  const filter = text === null ? undefined : parseFilter(text);
  const found = page(tenant.directory.groups(), (group) => filter?.matches(filterable(group)) ?? true, call.query);
  return json({
    '@odata.context': `${call.root}/$metadata#groups`,
    ...(found.next === null ? {} : { '@odata.nextLink': nextLink(call.root, '/groups', call.query, found.next) }),
    value: found.items.map((group) => groupResource(groupContextOf(tenant, group), call.query)),
  });
}

function filterable(group: GroupRecord) {
  const values: Record<string, string | boolean | null> = {
    id: group.id,
    displayName: group.displayName,
    mailNickname: group.mailNickname,
    mailEnabled: group.mailEnabled,
    securityEnabled: group.securityEnabled,
  };
  return {
    value: (property: string) => values[property],
    collection: (property: string, field: string | null) =>
      property === 'assignedLicenses' && field === 'skuId'
        ? group.assignedLicenses.map(({ skuId }) => skuId)
        : undefined,
    count: (property: string) => (property === 'assignedLicenses' ? group.assignedLicenses.length : undefined),
  };
}

function getGroup(request: OperationRequest): GraphReply {
  const { call, tenant } = request;
  return json({
    '@odata.context': `${call.root}/$metadata#groups/$entity`,
    ...groupResource(groupContextOf(tenant, groupOf(request)), call.query),
  });
}

function membersOf({ tenant, seen }: OperationRequest, group: GroupRecord): UserRecord[] {
  return group.memberIds.flatMap((id) => {
    const user = tenant.directory.user(id);
    const view = user && user.deletedDateTime === null ? seen(user) : undefined;
    return view ? [view] : [];
  });
}

function memberList(request: OperationRequest, path: string, members: readonly UserRecord[]): GraphReply {
  const { call } = request;
  const found = page(members, () => true, call.query);
  const link = `/groups/${groupOf(request).id}${path}`;
  return json({
    '@odata.context': `${call.root}/$metadata#directoryObjects`,
    ...(found.next === null ? {} : { '@odata.nextLink': nextLink(call.root, link, call.query, found.next) }),
    value: found.items.map((user) => ({ '@odata.type': '#microsoft.graph.user', ...userResource(user, call.query) })),
  });
}

/** 202: the licences are on their way to the members. */
function acceptedGroup(request: OperationRequest): GraphReply {
  const { call, tenant } = request;
  const group = tenant.directory.group(groupOf(request).id);
  if (!group) throw new GraphError(404, 'Request_ResourceNotFound', 'The group is gone.');
  const headers = { location: `${call.root}/groups/${group.id}` };
  if (tenant.options.groupAssignReturns === 'empty') return empty(202, headers);
  return json(
    {
      '@odata.context': `${call.root}/$metadata#groups/$entity`,
      ...groupResource(groupContextOf(tenant, group), new URLSearchParams()),
      assignedLicenses: group.assignedLicenses,
    },
    202,
    headers,
  );
}
