/** Short questions about the tenant. They run on a worker because only workers hold credentials for Graph. */
import type { FindPersonInput, Finding, FoundPerson, SkuSeats, TenantQuestion } from '../contracts/tenant.js';
import { reading } from './activity-proxies.js';

export async function tenantSeats({ pace }: TenantQuestion): Promise<readonly SkuSeats[]> {
  return reading(pace, 'seats of all products').readSeats();
}

export async function tenantId({ pace }: TenantQuestion): Promise<string> {
  return reading(pace, 'id of the tenant').readTenantId();
}

export async function tenantPerson({ pace, ref }: FindPersonInput): Promise<FoundPerson> {
  return reading(pace, 'find a person').findPerson(ref);
}

export async function tenantCheck({ pace }: TenantQuestion): Promise<readonly Finding[]> {
  return reading(pace, 'check the tenant').checkTenant();
}
