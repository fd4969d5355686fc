import { z } from 'zod';
import { Application } from './application.js';
import { GroupRecord } from './group-record.js';
import { PlanRules } from './plan-rules.js';
import { SkuRecord } from './sku-record.js';
import { TenantOptions } from './tenant-options.js';
import { UserRecord } from './user-record.js';

/** A whole tenant as plain data: what a tenant is made of, and what is kept of it in a state file. */
export const TenantSeed = z.strictObject({
  id: z.guid(),
  displayName: z.string(),
  /** Verified domains; the first one is the default domain. Any of them names the tenant in a sign-in address. */
  domains: z.array(z.string()).min(1).readonly(),
  options: TenantOptions,
  applications: z.array(Application).readonly(),
  planRules: PlanRules,
  skus: z.array(SkuRecord).readonly(),
  groups: z.array(GroupRecord).readonly(),
  users: z.array(UserRecord).readonly(),
});
export type TenantSeed = Readonly<z.infer<typeof TenantSeed>>;
