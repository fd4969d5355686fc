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
    const { licensePaths } = await this.control.run(this.tenantId, 'user', { user: userId });
    const direct = licensePaths.filter(({ assignedByGroup }) => assignedByGroup === null);
    return Object.fromEntries(
      direct.map(({ skuId, disabledPlans }) => [skuId, [...disabledPlans].sort()] as const).sort(),
    );
  }

  /** Calls that changed this user. */
  async changes(userId: string): Promise<number> {
    return (await this.control.run(this.tenantId, 'effective-writes', { user: userId })).length;
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

/** The two sets name the same SKUs with the same plans off. */
export function sameHeld(a: Held, b: Held): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
