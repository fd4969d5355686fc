import type { ControlInput, ControlOperationName, ControlOutput } from './control/control-operations.js';
import type { NewTenant } from './simulator.js';

/** A tenant as the control surface names it. */
export interface TenantDescription {
  readonly id: string;
  readonly displayName: string;
  readonly domains: readonly string[];
}

/** What the control surface says about its simulator. */
export interface SimulatorDescription {
  readonly graphUrl: string;
  readonly authorityHost: string;
  /** PEM file that Graph clients must trust. */
  readonly caFile: string;
  readonly tenants: readonly TenantDescription[];
  readonly operations: readonly { readonly name: ControlOperationName; readonly summary: string }[];
}

/** The control surface refused a request, or could not be reached. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
}

/**
 * Plays fate in a running simulator over its control surface.
 *
 * Every method throws {@link ControlError} with a sentence that says what was wrong.
 */
export class ControlClient {
  /** @param controlUrl root of the control surface, such as `http://127.0.0.1:8444` */
  constructor(private readonly controlUrl: string) {}

  describe(): Promise<SimulatorDescription> {
    return this.call('GET', '/') as Promise<SimulatorDescription>;
  }

  tenants(): Promise<readonly TenantDescription[]> {
    return this.call('GET', '/tenants') as Promise<readonly TenantDescription[]>;
  }

  createTenant(wanted: NewTenant = {}): Promise<TenantDescription> {
    return this.call('POST', '/tenants', wanted) as Promise<TenantDescription>;
  }

  /** Makes a tenant anew from its seed. */
  resetTenant(tenant: string): Promise<TenantDescription> {
    return this.call('POST', `/tenants/${encodeURIComponent(tenant)}/reset`, {}) as Promise<TenantDescription>;
  }

  /** Does one of the operations to a tenant, which is named by id or domain. */
  run<Name extends ControlOperationName>(
    tenant: string,
    operation: Name,
    ...[input]: Record<string, never> extends ControlInput<Name>
      ? [input?: ControlInput<Name>]
      : [input: ControlInput<Name>]
  ): Promise<ControlOutput<Name>> {
    const path = `/tenants/${encodeURIComponent(tenant)}/${operation}`;
    return this.call('POST', path, input ?? {}) as Promise<ControlOutput<Name>>;
  }

  private async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const url = `${this.controlUrl.replace(/\/$/, '')}${path}`;
    const request = body === undefined ? { method } : { method, headers: JSON_TYPE, body: JSON.stringify(body) };
    const response = await fetch(url, request).catch((cause: unknown) => {
      throw new ControlError(
        `The simulator's control surface at ${this.controlUrl} cannot be reached. Is it running?`,
        {
          cause,
        },
      );
    });
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    throw new ControlError(`The simulator refused ${path}: ${errorIn(answer) ?? `status ${response.status}`}`);
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };

function errorIn(answer: unknown): string | undefined {
  return typeof answer === 'object' && answer !== null && 'error' in answer ? String(answer.error) : undefined;
}
