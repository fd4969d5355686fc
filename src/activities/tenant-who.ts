/** A person with all licences, for whoever has to say what is wrong with them. */
import type {
  Finding,
  HeldProduct,
  HeldService,
  LicensingGroup,
  PersonLicenses,
  ProductPath,
  WhoAnswer,
} from '../contracts/tenant.js';
import { meaningOf } from '../domain/failures.js';
import type { PlanId } from '../domain/license.js';
import { pathError } from '../domain/path-errors.js';
import type { Person } from '../domain/person.js';
import { effectivePlans } from '../domain/plan.js';
import type { GraphGateway, LicensePath, PlanProvisioning, SubscribedSku, UserLicenses } from '../graph/gateway.js';
import { GraphFailure } from '../graph/gateway.js';
import { atBoundary } from './activity-failure.js';
import { findLicensedUser } from './approvers.js';
import type { ActivityDependencies, ProductNames } from './dependencies.js';
import { heldPaths, personOf } from './license-paths.js';

/** Letters of a name that nobody has by which similar names are looked for, and how many are named. */
const SIMILAR = { letters: 4, max: 3 } as const;

export function createTenantWhoActivities({
  graph,
  productNames,
}: Pick<ActivityDependencies, 'graph' | 'productNames'>) {
  return {
    /** The person behind an object id, a user principal name, or the beginning of a name that only one person has. */
    async whoIs(ref: string): Promise<WhoAnswer> {
      return atBoundary(async () => {
        const [user, subscribed] = await Promise.all([findLicensedUser(graph, ref), graph.subscribedSkus()]);
        if (user !== null) return found(user, subscribed);
        const named = ref.includes('@') ? [] : await namedLike(ref);
        const [only, ...others] = named;
        if (only !== undefined && others.length === 0) return found(only, subscribed);
        const similar = named.length > 0 ? named : await namedLike(ref.slice(0, SIMILAR.letters));
        return { outcome: 'unknown', similar: nearest(ref, similar.map(personOf)) };
      });
    },
  };

  async function found(user: UserLicenses, subscribed: readonly SubscribedSku[]): Promise<WhoAnswer> {
    const [groups, provisioning] = await Promise.all([groupsOf(user), graph.provisioning(user.id)]);
    return { outcome: 'found', ...personLicenses({ user, subscribed, groups, provisioning, productNames }) };
  }

  async function groupsOf({ paths }: UserLicenses): Promise<readonly LicensingGroup[]> {
    const ids = new Set(paths.flatMap(({ assignedByGroup }) => (assignedByGroup === null ? [] : [assignedByGroup])));
    return Promise.all([...ids].map((id) => groupOf(graph, id)));
  }

  /** The first page is enough: whoever has more people of one beginning has to type more of it. */
  async function namedLike(beginning: string): Promise<readonly UserLicenses[]> {
    const text = beginning.trim().replaceAll("'", "''");
    if (text === '') return [];
    const filter = `startswith(displayName,'${text}') or startswith(userPrincipalName,'${text}')`;
    for await (const page of graph.listUsers(filter)) return page;
    return [];
  }
}

/** A group that cannot be read is named by its id: the licence is there all the same. */
export async function groupOf(graph: GraphGateway, id: string): Promise<LicensingGroup> {
  try {
    const { displayName, dynamic, synced } = await graph.group(id);
    return { id, name: displayName, dynamic, synced };
  } catch (error) {
    if (!(error instanceof GraphFailure) || meaningOf(error.failure.code).handling === 'retry') throw error;
    return { id, name: null, dynamic: false, synced: false };
  }
}

/** Those whose name or address has the longest beginning in common with what was typed. */
function nearest(ref: string, people: readonly Person[]): readonly Person[] {
  const likeness = ({ displayName, userPrincipalName }: Person) =>
    Math.max(inCommon(ref, displayName), inCommon(ref, userPrincipalName));
  return [...people].sort((a, b) => likeness(b) - likeness(a)).slice(0, SIMILAR.max);
}

function inCommon(a: string, b: string): number {
  const [one, other] = [a.toLowerCase(), b.toLowerCase()];
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

interface Read {
  readonly user: UserLicenses;
  readonly subscribed: readonly SubscribedSku[];
  readonly groups: readonly LicensingGroup[];
  readonly provisioning: readonly PlanProvisioning[];
  readonly productNames: ProductNames;
}

function personLicenses(read: Read): PersonLicenses {
  const { user, subscribed } = read;
  const contents = Object.fromEntries(
    subscribed.map(({ skuId, servicePlans }) => [skuId, servicePlans.map(({ servicePlanId }) => servicePlanId)]),
  );
  const effective = new Set(effectivePlans(heldPaths(user), contents));
  const skuIds = [...new Set(user.paths.map(({ skuId }) => skuId))];
  const products = skuIds
    .map((skuId) => heldProduct(skuId, read, effective))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const { accountEnabled, userType, usageLocation, department, jobTitle } = user;
  return {
    person: personOf(user),
    ...{ accountEnabled, userType, usageLocation, department, jobTitle },
    products,
    findings: [...accountFindings(user), ...products.flatMap(productFindings)].sort(worstFirst),
  };
}

function heldProduct(skuId: string, read: Read, effective: ReadonlySet<PlanId>): HeldProduct {
  const { user, subscribed, provisioning, productNames } = read;
  const sku = subscribed.find((candidate) => candidate.skuId === skuId);
  const paths = user.paths.filter((path) => path.skuId === skuId).sort(directFirst);
  const inForce = new Set(heldPaths({ ...user, paths }).map(({ group }) => group));
  const skuPartNumber = sku?.skuPartNumber ?? skuId;
  return {
    skuId,
    skuPartNumber,
    name: productNames.nameOf(skuId) ?? skuPartNumber,
    paths: paths.map((path) => productPath(path, inForce.has(path.assignedByGroup), read.groups)),
    services: (sku?.servicePlans ?? []).map(({ servicePlanId: id, servicePlanName: name, appliesTo }): HeldService => ({
      ...{ id, name, appliesTo, title: productNames.planNameOf(id) ?? name },
      onBy: paths.map(
        ({ disabledPlans, assignedByGroup }) => inForce.has(assignedByGroup) && !disabledPlans.includes(id),
      ),
      effective: effective.has(id),
      provisioning: provisioning.find((plan) => plan.skuId === skuId && plan.planId === id)?.status ?? null,
    })),
  };
}

function productPath(
  { assignedByGroup, state, error }: LicensePath,
  inForce: boolean,
  groups: readonly LicensingGroup[],
): ProductPath {
  return {
    group: groups.find(({ id }) => id === assignedByGroup) ?? null,
    state,
    inForce,
    error: error === null ? null : pathError(error),
  };
}

function directFirst(a: LicensePath, b: LicensePath): number {
  return (a.assignedByGroup ?? '') < (b.assignedByGroup ?? '') ? -1 : 1;
}

// --- what is wrong --------------------------------------------------------------------------------------------------

function accountFindings({ accountEnabled, userType, usageLocation, paths }: UserLicenses): readonly Finding[] {
  const findings: Finding[] = [];
  const say = (check: string, verdict: Finding['verdict'], text: string, remedy: string | null) =>
    findings.push({ check, verdict, text, remedy });
  if (!accountEnabled)
    say(
      'Account',
      'failed',
      'The account is disabled: nobody can sign in, and its licences keep their seats.',
      'Enable it, or ask for the removal of its licences.',
    );
  if (userType === 'Guest') say('Account', 'warning', 'This is a guest; guests cannot approve requests.', null);
  if (usageLocation === null)
    say(
      'Usage location',
      'warning',
      'There is no usage location: a direct licence is refused without one.',
      'Set it in the directory, or submit the request with --usage-location CC.',
    );
  if (paths.length === 0)
    say('Licences', 'warning', 'No product is held on any path.', 'See what can be asked for: licenseflow catalog');
  return findings;
}

function productFindings({ name, paths, services }: HeldProduct): readonly Finding[] {
  const broken = paths.flatMap(({ group, state, inForce, error }): Finding[] => {
    if (error === null && inForce) return [];
    const through = group === null ? 'assigned directly' : `through the group "${group.name ?? group.id}"`;
    const { meaning, remedy } = error ?? {
      meaning: `Graph calls this path "${state}", and it gives nothing.`,
      remedy: 'Look at the subscription of the product: it may be suspended or over.',
    };
    const rest = inForce ? ' What was there before goes on working.' : '';
    return [{ check: 'Path', verdict: 'failed', text: `${name}, ${through}: ${meaning}${rest}`, remedy }];
  });
  return [...broken, ...provisioningFindings(name, services)];
}

function provisioningFindings(product: string, services: readonly HeldService[]): readonly Finding[] {
  const behind = services.filter(
    ({ effective, onBy, provisioning }) =>
      effective && onBy.includes(true) && provisioning !== null && !SETTLED.includes(provisioning),
  );
  const list = (found: readonly HeldService[]) => found.map(({ title }) => title).join(', ');
  const failed = behind.filter(({ provisioning }) => provisioning === 'Error');
  const pending = behind.filter(({ provisioning }) => provisioning !== 'Error');
  return [
    ...(failed.length === 0
      ? []
      : [
          {
            check: 'Provisioning',
            verdict: 'failed',
            text: `${product}: licensed, and could not be provisioned: ${list(failed)}.`,
            remedy: 'Reprocess the licences of the person; if it stays, open a case with Microsoft.',
          } as const,
        ]),
    ...(pending.length === 0
      ? []
      : [
          {
            check: 'Provisioning',
            verdict: 'warning',
            text: `${product}: licensed, and not ready yet: ${list(pending)}.`,
            remedy: 'Wait: most services are there within minutes, Exchange and Teams may take a day.',
          } as const,
        ]),
  ];
}

/** Provisioning states in which nothing is to come. */
const SETTLED: readonly string[] = ['Success', 'Disabled'];

function worstFirst(a: Finding, b: Finding): number {
  return SEVERITY.indexOf(a.verdict) - SEVERITY.indexOf(b.verdict);
}

const SEVERITY: readonly Finding['verdict'][] = ['failed', 'warning', 'ok'];
