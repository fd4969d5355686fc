/** What really is in the simulated tenant, past licenseflow: the other side of every claim that the demo makes. */
import type { ControlClient } from '../../simulator/control-client.js';

/** Direct licences: each SKU with the plans that are off, in a stable order. */
export type Held = Readonly<Record<string, readonly string[]>>;

export class TenantTruth {
  constructor(
    private readonly control: ControlClient,
    private readonly tenantId: string,
  ) {}

  async held(userId: string): Promise<Held> {
    return directOf(await this.control.run(this.tenantId, 'user', { user: userId }));
  }

  /** What each of these users holds, by id. */
  async heldOf(userIds: Iterable<string>): Promise<ReadonlyMap<string, Held>> {
    const wanted = new Set(userIds);
    const users = await this.control.run(this.tenantId, 'users', {});
    return new Map(users.filter(({ id }) => wanted.has(id)).map((user) => [user.id, directOf(user)]));
  }

  /** The first `count` users that hold this product directly and through no group, with all that they hold. */
  async directHolders(skuId: string, count: number): Promise<ReadonlyMap<string, Held>> {
    const users = await this.control.run(this.tenantId, 'users', {});
    const holders = users.filter(({ licensePaths }) => {
      const paths = licensePaths.filter((path) => path.skuId === skuId);
      return paths.length > 0 && paths.every(({ assignedByGroup }) => assignedByGroup === null);
    });
    return new Map(holders.slice(0, count).map((user) => [user.id, directOf(user)]));
  }

  /** Calls that changed this user. */
  async changes(userId: string): Promise<number> {
    return (await this.control.run(this.tenantId, 'effective-writes', { user: userId })).length;
  }

  /** How many of these users were changed since then, and how many of those by exactly one call. */
  async changedOf(
    userIds: Iterable<string>,
    since: number,
  ): Promise<{ readonly users: number; readonly once: number }> {
    const calls = await this.control.run(this.tenantId, 'calls', { effective: true, since });
    const counts = new Map([...userIds].map((id) => [id, 0]));
    for (const { userId } of calls) if (userId !== null) add(counts, userId);
    const changed = [...counts.values()].filter((count) => count > 0);
    return { users: changed.length, once: changed.filter((count) => count === 1).length };
  }

  /** Those of these users who lost all of these services, even for an instant. */
  async everWithout(planIds: readonly string[], userIds: Iterable<string>): Promise<readonly string[]> {
    const wanted = new Set(userIds);
    const gaps = await this.control.run(this.tenantId, 'without-service', { anyOf: [...planIds] });
    return gaps.map(({ userId }) => userId).filter((id) => wanted.has(id));
  }

  /** The next `times` licence writes are refused: an address of the user is taken. */
  async refuseWrites(times: number): Promise<void> {
    await this.control.run(this.tenantId, 'add-fault', {
      match: { method: 'POST', path: '/users/*/assignLicense' },
      times,
      fault: { kind: 'graph-error', error: 'E11' },
    });
  }

  async calmDown(): Promise<void> {
    await this.control.run(this.tenantId, 'clear-faults', {});
  }

  /** The next licence write for this user is carried out, and its answer is lost. */
  async loseNextAnswer(userId: string): Promise<void> {
    await this.control.run(this.tenantId, 'add-fault', {
      match: { method: 'POST', path: '/users/*/assignLicense', userId },
      times: 1,
      fault: { kind: 'lost-response' },
    });
  }

  /** Whether an answer to a write for this user was really cut off. */
  async lostAnAnswer(userId: string): Promise<boolean> {
    const calls = await this.control.run(this.tenantId, 'calls', { method: 'POST', userId });
    return calls.some(({ status, effective }) => status === null && effective);
  }
}

interface Path {
  readonly skuId: string;
  readonly disabledPlans: readonly string[];
  readonly assignedByGroup: string | null;
}

function directOf({ licensePaths }: { readonly licensePaths: readonly Path[] }): Held {
  const direct = licensePaths.filter(({ assignedByGroup }) => assignedByGroup === null);
  return Object.fromEntries(
    direct.map(({ skuId, disabledPlans }) => [skuId, [...disabledPlans].sort()] as const).sort(),
  );
}

function add(counts: Map<string, number>, id: string): void {
  const count = counts.get(id);
  if (count !== undefined) counts.set(id, count + 1);
}

/** The two sets name the same SKUs with the same plans off. */
export function sameHeld(a: Held, b: Held): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
