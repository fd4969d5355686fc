import { z } from 'zod';
import { malformed, type GraphError } from '../graph-error.js';
import { isUsageLocation } from '../usage-location.js';
import type { UserRecord } from '../user-record.js';
import { userOf, type OperationRequest } from './operation.js';

/** Properties that `PATCH` takes; others of the resource are read-only or need other permissions. */
const Patch = z.object({
  usageLocation: z.string().nullable().optional(),
  displayName: z.string().optional(),
  givenName: z.string().nullable().optional(),
  surname: z.string().nullable().optional(),
  jobTitle: z.string().nullable().optional(),
  department: z.string().nullable().optional(),
  officeLocation: z.string().nullable().optional(),
  city: z.string().nullable().optional(),
  country: z.string().nullable().optional(),
  companyName: z.string().nullable().optional(),
  employeeId: z.string().nullable().optional(),
  preferredLanguage: z.string().nullable().optional(),
  accountEnabled: z.boolean().optional(),
});

/** `PATCH /users/{id}`; nothing happens where all is so already. */
export function patchUser(request: OperationRequest): void {
  const { tenant, call, cause } = request;
  const user = userOf(request);
  const patch = readPatch(call.body);
  const changed = Object.entries(patch).filter(([name, value]) => user[name as keyof typeof patch] !== value);
  if (changed.length === 0) return;
  tenant.directory.put({ ...user, ...(Object.fromEntries(changed) as Partial<UserRecord>) }, cause);
}

function readPatch(body: unknown): z.infer<typeof Patch> {
  const given = typeof body === 'object' && body !== null ? Object.keys(body) : [];
  const unknown = given.find((name) => !(name in Patch.shape) && !name.startsWith('@'));
  if (unknown !== undefined) throw invalidValue(unknown);
  const parsed = Patch.safeParse(body);
  if (!parsed.success) throw invalidValue(String(parsed.error.issues[0]?.path[0] ?? ''));
  const { usageLocation } = parsed.data;
  if (typeof usageLocation === 'string' && !isUsageLocation(usageLocation)) throw invalidValue('usageLocation');
  return parsed.data;
}

function invalidValue(property: string): GraphError {
  return malformed(`Invalid value specified for property '${property}' of resource 'User'.`);
}
