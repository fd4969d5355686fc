import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { SimOptions, SimulatedTenant } from './simulated-tenant.js';
import { simulatedTenant } from './simulated-tenant.js';

type Property = readonly [key: string, value: unknown];

export async function showUser(invocation: Invocation, options: SimOptions, user: string): Promise<ExitCode> {
  await print(invocation, await simulatedTenant(invocation, options), user);
  return EXIT.ok;
}

export async function patchUser(
  invocation: Invocation,
  options: SimOptions,
  user: string,
  properties: readonly Property[],
): Promise<ExitCode> {
  const simulated = await simulatedTenant(invocation, options);
  const { control, tenant } = simulated;
  await control.run(tenant, 'update-user', { user, patch: Object.fromEntries(properties) });
  await print(invocation, simulated, user);
  return EXIT.ok;
}

async function print({ out }: Invocation, { control, tenant }: SimulatedTenant, ref: string): Promise<void> {
  const [user, skus] = await Promise.all([control.run(tenant, 'user', { user: ref }), control.run(tenant, 'skus')]);
  const manager = user.managerId === null ? null : await control.run(tenant, 'user', { user: user.managerId });
  const names = new Map(skus.flatMap(namesOf));
  const nameOf = (id: string): string => names.get(id) ?? id;
  await out.result('SimulatedUser', user, () =>
    out.fields([
      ['User', `${user.displayName} <${user.userPrincipalName}>`],
      ['Id', user.id],
      ['Account', user.accountEnabled ? 'enabled' : 'disabled'],
      ['Type', user.userType],
      ['Usage location', user.usageLocation ?? 'none'],
      ['Manager', manager?.userPrincipalName ?? 'none'],
      ...user.licensePaths.map((path) => ['Holds', pathText(path, nameOf)] as const),
    ]),
  );
}

interface HeldPath {
  readonly skuId: string;
  readonly disabledPlans: readonly string[];
  readonly assignedByGroup: string | null;
  readonly state: string;
  readonly error: string;
}

function pathText(
  { skuId, disabledPlans, assignedByGroup, state, error }: HeldPath,
  nameOf: (id: string) => string,
): string {
  const off = disabledPlans.length === 0 ? '' : ` without ${disabledPlans.map(nameOf).join(', ')}`;
  const way = assignedByGroup === null ? 'directly' : `through group ${assignedByGroup}`;
  const trouble = state === 'Active' ? '' : ` (${state}: ${error})`;
  return `${nameOf(skuId)} ${way}${off}${trouble}`;
}

function namesOf(sku: {
  readonly skuId: string;
  readonly skuPartNumber: string;
  readonly servicePlans: readonly { readonly servicePlanId: string; readonly servicePlanName: string }[];
}): readonly (readonly [string, string])[] {
  const plans = sku.servicePlans.map((plan) => [plan.servicePlanId, plan.servicePlanName] as const);
  return [[sku.skuId, sku.skuPartNumber], ...plans];
}
