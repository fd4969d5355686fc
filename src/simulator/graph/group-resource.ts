import type { GroupRecord } from '../group-record.js';
import { projected, selectedProperties, type Properties } from '../odata/select.js';
import type { Tenant } from '../tenant.js';
import type { UserRecord } from '../user-record.js';

/** A group with what its properties are computed from. */
export interface GroupInTenant {
  readonly group: GroupRecord;
  /** Members whose licences from this group were refused. */
  readonly membersWithErrors: () => readonly UserRecord[];
}

export function groupContextOf(tenant: Tenant, group: GroupRecord): GroupInTenant {
  return {
    group,
    membersWithErrors: () =>
      group.memberIds.flatMap((id) => {
        const user = tenant.directory.user(id);
        const failed = user?.licensePaths.some((path) => path.assignedByGroup === group.id && path.error !== 'None');
        return user && failed === true ? [user] : [];
      }),
  };
}

const DEFAULT_GROUP_PROPERTIES = [
  'id',
  'deletedDateTime',
  'createdDateTime',
  'description',
  'displayName',
  'groupTypes',
  'mail',
  'mailEnabled',
  'mailNickname',
  'membershipRule',
  'membershipRuleProcessingState',
  'onPremisesSyncEnabled',
  'securityEnabled',
];

const GROUP_PROPERTIES: Properties<GroupInTenant> = {
  id: ({ group }) => group.id,
  deletedDateTime: () => null,
  createdDateTime: ({ group }) => group.createdDateTime,
  description: ({ group }) => group.description,
  displayName: ({ group }) => group.displayName,
  groupTypes: ({ group }) => (group.membershipRule === null ? [] : ['DynamicMembership']),
  mail: ({ group }) => group.mail,
  mailEnabled: ({ group }) => group.mailEnabled,
  mailNickname: ({ group }) => group.mailNickname,
  membershipRule: ({ group }) => group.membershipRule,
  membershipRuleProcessingState: ({ group }) => (group.membershipRule === null ? null : 'On'),
  onPremisesSyncEnabled: ({ group }) => group.onPremisesSyncEnabled,
  securityEnabled: ({ group }) => group.securityEnabled,
  assignedLicenses: ({ group }) => group.assignedLicenses,
  licenseProcessingState: ({ group }) => ({ state: group.licenseProcessing }),
  hasMembersWithLicenseErrors: ({ membersWithErrors }) => membersWithErrors().length > 0,
};

export function groupResource(group: GroupInTenant, query: URLSearchParams): Record<string, unknown> {
  return projected(group, GROUP_PROPERTIES, selectedProperties(query) ?? DEFAULT_GROUP_PROPERTIES, 'group');
}
