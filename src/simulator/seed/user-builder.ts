import type { LicensePath, UserRecord } from '../user-record.js';
import type { DirectLicense } from './people.js';
import { SKU } from './sku-ids.js';

/** What one has to say about a seeded user; the rest follows. */
export interface UserSketch {
  readonly id: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
  readonly mail: string | null;
  readonly jobTitle: string;
  readonly department: string;
  readonly city: string;
  readonly country: string;
  readonly usageLocation: string | null;
  readonly accountEnabled: boolean;
  readonly userType: 'Member' | 'Guest';
  readonly managerId: string | null;
  readonly licensePaths: readonly LicensePath[];
  readonly createdDateTime: string;
}

export function buildUser(sketch: UserSketch, rest: Partial<UserRecord> = {}): UserRecord {
  const [givenName = null, ...surnames] = sketch.displayName.split(' ');
  return {
    givenName,
    surname: surnames.join(' ') || null,
    mailNickname: sketch.userPrincipalName.split(/[@#]/)[0] ?? null,
    officeLocation: null,
    companyName: 'Contoso',
    mobilePhone: null,
    businessPhones: [],
    preferredLanguage: null,
    employeeId: null,
    deletedDateTime: null,
    onPremisesSyncEnabled: null,
    proxyAddresses: [],
    directoryRoles: [],
    restrictedManagement: false,
    ...sketch,
    ...rest,
  };
}

/** The path of a licence, direct or through a group, as it stands since `at`. */
export function seededPath(
  [partNumber, disabledPlans = []]: DirectLicense,
  groupId: string | null,
  at: string,
): LicensePath {
  return {
    skuId: SKU[partNumber],
    disabledPlans,
    assignedByGroup: groupId,
    state: 'Active',
    error: 'None',
    lastUpdatedDateTime: at,
  };
}
