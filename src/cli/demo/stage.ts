/** What every chapter has at hand: the library, the truth about the tenant, who tells it, and who plays. */
import type { Licenseflow } from '../../client/index.js';
import { LicenseflowError } from '../../client/index.js';
import type { Narrator } from './narrator.js';
import type { TenantTruth } from './tenant-truth.js';

export interface Stage {
  readonly licenseflow: Licenseflow;
  readonly truth: TenantTruth;
  readonly narrator: Narrator;
}

/** People of the simulated tenant; see `licenseflow sim users`. */
export const AMANI = { id: 'ee31f0b4-630d-4d69-a6d3-a157111e4ac9', upn: 'AmaniO@contoso.com' };
export const JOHANNA = { id: 'dbadb7da-358f-40af-a853-ec12249db182', upn: 'JohannaL@contoso.com' };
export const ADELE = { id: '709ea8e3-24e3-4c5a-a9f6-56f4f1085557', upn: 'AdeleV@contoso.com' };
export const ALEX = { id: '7c7906fa-eb9d-4d8f-a23d-d5a0a56ae55f', upn: 'AlexW@contoso.com' };
export const MEGAN = { id: '0e9c89c3-6481-4ad4-aa96-600d6d395947', upn: 'MeganB@contoso.com' };

/** The code with which `act` is refused, or `null` if it is not. */
export async function refusalOf(act: () => Promise<unknown>): Promise<string | null> {
  try {
    await act();
    return null;
  } catch (error) {
    if (error instanceof LicenseflowError) return error.code;
    throw error;
  }
}
