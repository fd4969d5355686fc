/**
 * Everything that an operator may do to a tenant over HTTP: one table, from which the server takes its routes and the
 * client its types.
 */
import { z } from 'zod';
import { Application } from '../application.js';
import { FaultRule } from '../fault.js';
import { AssignedLicense } from '../group-record.js';
import { PrepaidUnits, ServicePlan, Subscription } from '../sku-record.js';
import { TenantOptions } from '../tenant-options.js';
import type { Tenant } from '../tenant.js';
import { UserRecord } from '../user-record.js';

/** One thing to do: the shape of what it needs, and the doing. */
interface ControlOperation<Input extends z.ZodType, Output> {
  readonly summary: string;
  readonly input: Input;
  readonly run: (tenant: Tenant, input: z.output<Input>) => Output;
}

function operation<Input extends z.ZodType, Output>(
  summary: string,
  input: Input,
  run: (tenant: Tenant, input: z.output<Input>) => Output,
): ControlOperation<Input, Output> {
  return { summary, input, run };
}

const Nothing = z.strictObject({});
const User = z.strictObject({ user: z.string().min(1) });
const Sku = z.strictObject({ skuId: z.guid() });
const Member = z.strictObject({ groupId: z.guid(), user: z.string().min(1) });
const UserPatch = UserRecord.omit({ id: true, licensePaths: true }).partial();

export const CONTROL_OPERATIONS = {
  summary: operation('What the tenant is and how much is in it', Nothing, (tenant) => ({
    id: tenant.id,
    displayName: tenant.displayName,
    domains: tenant.domains,
    users: tenant.directory.userCount(),
    calls: tenant.calls().length,
    faults: tenant.listFaults().length,
  })),
  state: operation('The whole tenant as data', Nothing, (tenant) => tenant.snapshot()),
  options: operation('The options in force', Nothing, (tenant) => tenant.options),
  'set-options': operation('Changes options', TenantOptions.partial(), (tenant, patch) => tenant.setOptions(patch)),
  applications: operation('The registered applications', Nothing, (tenant) => tenant.applications()),
  'put-application': operation('Registers an application or replaces it', Application, (tenant, application) => {
    tenant.putApplication(application);
    return { appId: application.appId };
  }),
  'delegated-token': operation(
    'A token of a signed-in user',
    z.strictObject({
      user: z.string(),
      scopes: z.array(z.string()),
      appId: z.guid().optional(),
      expiresInSeconds: z.int().optional(),
    }),
    (tenant, request) => ({ accessToken: tenant.delegatedToken(request) }),
  ),

  users: operation('All users', Nothing, (tenant) => tenant.users()),
  user: operation('One user', User, (tenant, { user }) => tenant.user(user)),
  'create-user': operation(
    'Adds a user',
    UserPatch.extend({ userPrincipalName: z.string(), displayName: z.string() }),
    (tenant, fields) => tenant.createUser(fields),
  ),
  'update-user': operation(
    'Changes properties of a user',
    z.strictObject({ user: z.string(), patch: UserPatch }),
    (tenant, { user, patch }) => tenant.updateUser(user, patch),
  ),
  'delete-user': operation('Moves a user to the deleted items', User, (tenant, { user }) => {
    tenant.deleteUser(user);
    return tenant.user(user);
  }),
  'set-manager': operation(
    'Sets the manager of a user, or takes it away',
    z.strictObject({ user: z.string(), manager: z.string().nullable() }),
    (tenant, { user, manager }) => tenant.setManager(user, manager),
  ),
  'change-licenses': operation(
    'Changes licences as someone else would',
    z.strictObject({
      user: z.string(),
      addLicenses: z.array(AssignedLicense).default([]),
      removeLicenses: z.array(z.guid()).default([]),
    }),
    (tenant, { user, ...change }) => tenant.changeLicenses(user, change),
  ),

  skus: operation('All products with their seats', Nothing, (tenant) => tenant.skus()),
  'set-seats': operation('Sets units of a product', Sku.extend(PrepaidUnits.partial().shape), (tenant, input) => {
    const { skuId, ...units } = input;
    return tenant.setSeats(skuId, units);
  }),
  'set-free-seats': operation(
    'Leaves exactly so many seats free',
    Sku.extend({ free: z.int() }),
    (tenant, { skuId, free }) => tenant.setFreeSeats(skuId, free),
  ),
  'update-subscription': operation(
    'Changes a subscription, for instance its end',
    z.strictObject({ subscriptionId: z.guid(), patch: Subscription.omit({ id: true }).partial() }),
    (tenant, { subscriptionId, patch }) => tenant.updateSubscription(subscriptionId, patch),
  ),
  'add-plan': operation('Adds a service plan to a product', Sku.extend({ plan: ServicePlan }), (tenant, input) =>
    tenant.addPlan(input.skuId, input.plan),
  ),
  'remove-plan': operation(
    'Takes a service plan out of a product',
    Sku.extend({ servicePlanId: z.guid() }),
    (tenant, { skuId, servicePlanId }) => tenant.removePlan(skuId, servicePlanId),
  ),

  groups: operation('All groups', Nothing, (tenant) => tenant.groups()),
  'add-member': operation('Adds a user to a group', Member, (tenant, { groupId, user }) =>
    tenant.addMember(groupId, user),
  ),
  'remove-member': operation('Takes a user out of a group', Member, (tenant, { groupId, user }) =>
    tenant.removeMember(groupId, user),
  ),

  faults: operation('The fault rules and what became of them', Nothing, (tenant) => tenant.listFaults()),
  'add-fault': operation('Adds a fault rule', FaultRule, (tenant, rule) => ({ id: tenant.addFault(rule) })),
  'clear-faults': operation(
    'Takes away one fault rule, or all',
    z.strictObject({ id: z.string().optional() }),
    (tenant, { id }) => {
      tenant.clearFaults(id);
      return tenant.listFaults();
    },
  ),

  calls: operation(
    'The log of calls',
    z.strictObject({
      method: z.string().optional(),
      userId: z.guid().optional(),
      effective: z.boolean().optional(),
      since: z.number().optional(),
    }),
    (tenant, query) => tenant.calls(query),
  ),
  'effective-writes': operation(
    'Calls that changed something',
    z.strictObject({ user: z.string().optional() }),
    (tenant, { user }) => tenant.effectiveWrites(user),
  ),
  timeline: operation('Every state of a user', User, (tenant, { user }) => tenant.userTimeline(user)),
  'effective-services': operation('Service plans that a user can use now', User, (tenant, { user }) =>
    tenant.effectiveServices(user),
  ),
  'without-service': operation(
    'Everyone who lost all of these service plans',
    z.strictObject({ anyOf: z.array(z.guid()).min(1), from: z.number().optional(), to: z.number().optional() }),
    (tenant, query) => tenant.withoutService(query),
  ),
  mails: operation('Mails that were sent', Nothing, (tenant) => tenant.mails),
} as const;

export type ControlOperationName = keyof typeof CONTROL_OPERATIONS;
/** What an operation is given. */
export type ControlInput<Name extends ControlOperationName> = z.input<(typeof CONTROL_OPERATIONS)[Name]['input']>;
/** What it answers. */
export type ControlOutput<Name extends ControlOperationName> = ReturnType<(typeof CONTROL_OPERATIONS)[Name]['run']>;

export function isControlOperation(name: string): name is ControlOperationName {
  return Object.hasOwn(CONTROL_OPERATIONS, name);
}
