/** Short questions about the tenant. They run on a worker because only workers hold credentials for Graph. */
import type {
  Catalog,
  FindPersonInput,
  Finding,
  FoundPerson,
  SkuSeats,
  TenantQuestion,
  WhoAnswer,
} from '../contracts/tenant.js';
import { reading } from './activity-proxies.js';

export async function tenantSeats({ pace }: TenantQuestion): Promise<readonly SkuSeats[]> {
  return reading(pace, 'seats of all products').readSeats();
}

export async function tenantPerson({ pace, ref }: FindPersonInput): Promise<FoundPerson> {
  return reading(pace, 'find a person').findPerson(ref);
}

export async function tenantCheck({ pace }: TenantQuestion): Promise<readonly Finding[]> {
  return reading(pace, 'check the tenant').checkTenant();
}

export async function tenantWho({ pace, ref }: FindPersonInput): Promise<WhoAnswer> {
  return reading(pace, 'a person with all licences').whoIs(ref);
}

export async function tenantCatalog({ pace }: TenantQuestion): Promise<Catalog> {
  return reading(pace, 'what can be asked for').readCatalog();
}
