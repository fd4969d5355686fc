import { randomUUID } from 'node:crypto';
import { CONTOSO_TENANT_ID, SEED_APPLICATIONS, seedTenant, type TenantRecipe } from './seed/contoso.js';
import type { SimulatorState } from './state-file.js';
import type { OptionsPatch } from './tenant-options.js';
import type { TenantSeed } from './tenant-seed.js';
import { Tenant, type TenantSurroundings } from './tenant.js';

/** What a new tenant is to be; everything may be left out. */
export interface NewTenant {
  /** @default contoso */
  readonly seed?: TenantRecipe['seed'] | undefined;
  /** @default a random GUID */
  readonly id?: string | undefined;
  /** @default Contoso */
  readonly displayName?: string | undefined;
  /** Users beside the named ones. @default 0 */
  readonly users?: number | undefined;
  readonly options?: OptionsPatch | undefined;
}

interface Entry {
  readonly recipe: TenantRecipe;
  readonly tenant: Tenant;
}

/** All tenants of one simulator, and how each was made. */
export class TenantRegistry {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly surroundings: TenantSurroundings) {}

  /** @throws Error where a tenant with this id exists. */
  async create(wanted: NewTenant = {}): Promise<Tenant> {
    const id = (wanted.id ?? randomUUID()).toLowerCase();
    if (this.entries.has(id)) throw new Error(`A tenant ${id} already exists; reset it, or choose another id.`);
    return await this.make({
      seed: wanted.seed ?? 'contoso',
      id,
      displayName: wanted.displayName ?? 'Contoso',
      users: wanted.users ?? 0,
      options: wanted.options ?? {},
    });
  }

  /** @throws Error where there is no such tenant. */
  async reset(id: string): Promise<Tenant> {
    const entry = this.entries.get(id.toLowerCase());
    if (!entry) throw new Error(`The simulator has no tenant ${id}.`);
    return await this.make(entry.recipe);
  }

  byId(id: string): Tenant | undefined {
    return this.entries.get(id.toLowerCase())?.tenant;
  }

  /** By id or domain. Tenants may share a domain; the one that was made first answers to it. */
  find(idOrDomain: string): Tenant | undefined {
    return this.byId(idOrDomain) ?? this.all().find(({ domains }) => domains.includes(idOrDomain.toLowerCase()));
  }

  /** @throws Error where there is no such tenant. */
  named(idOrDomain = CONTOSO_TENANT_ID): Tenant {
    const tenant = this.find(idOrDomain);
    if (!tenant) throw new Error(`The simulator has no tenant ${idOrDomain}.`);
    return tenant;
  }

  all(): Tenant[] {
    return [...this.entries.values()].map(({ tenant }) => tenant);
  }

  /** Everything that a state file keeps. */
  state(): SimulatorState {
    const tenants = [...this.entries.values()].map(({ recipe, tenant }) => ({ recipe, content: tenant.snapshot() }));
    return { version: 1, tenants };
  }

  /** A file that is older than one of the seeded applications gets it. */
  restore(state: SimulatorState): void {
    for (const { recipe, content } of state.tenants) {
      const known = content.applications.map(({ appId }) => appId);
      const added = SEED_APPLICATIONS.filter(({ appId }) => !known.includes(appId));
      this.put(recipe, { ...content, applications: [...content.applications, ...added] });
    }
  }

  close(): void {
    for (const tenant of this.all()) tenant.close();
  }

  private async make(recipe: TenantRecipe): Promise<Tenant> {
    return this.put(recipe, await seedTenant(recipe, this.surroundings.now()));
  }

  private put(recipe: TenantRecipe, content: TenantSeed): Tenant {
    this.entries.get(recipe.id)?.tenant.close();
    const tenant = new Tenant(content, this.surroundings);
    this.entries.set(recipe.id, { recipe, tenant });
    this.surroundings.changed();
    return tenant;
  }
}
