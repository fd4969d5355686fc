import type { AssignedLicense } from '../../src/simulator/group-record.js';
import type { LicensePath } from '../../src/simulator/user-record.js';

/**
 * Any JSON that the simulator answers, as far as tests look into it. Which properties are there depends on the call; a
 * test that looks for another one fails.
 */
export interface GraphJson {
  readonly [other: string]: unknown;
  readonly error: GraphErrorJson;
  readonly value: GraphJson[];
  readonly responses: BatchResponse[];

  readonly id: string;
  readonly displayName: string;
  readonly usageLocation: string | null;
  readonly accountEnabled: boolean;
  readonly assignedLicenses: AssignedLicense[];
  readonly licenseAssignmentStates: LicensePath[];
  readonly manager: GraphJson;

  readonly groupTypes: string[];
  readonly onPremisesSyncEnabled: boolean | null;
  readonly licenseProcessingState: { readonly state: string };
  readonly hasMembersWithLicenseErrors: boolean;

  readonly skuId: string;
  readonly skuPartNumber: string;
  readonly capabilityStatus: string;
  readonly consumedUnits: number;
  readonly prepaidUnits: { readonly enabled: number; readonly warning: number };
  readonly servicePlans: { readonly servicePlanName: string; readonly provisioningStatus: string }[];
  readonly nextLifecycleDateTime: string;
}

/** The error envelope, without its outer key. */
export interface GraphErrorJson {
  readonly code: string;
  readonly message: string;
  readonly innerError: Readonly<Record<string, string>>;
}

export interface BatchResponse {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: GraphJson;
}

/** What the sign-in endpoints answer. */
export interface SignInJson {
  readonly access_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly error: string;
  readonly error_codes: number[];
  readonly error_description: string;
  readonly token_endpoint: string;
  readonly issuer: string;
}
