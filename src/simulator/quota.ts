/**
 * The documented quotas of the identity and access service: token buckets for resource units and for writes, counted
 * for each application in a tenant and for the tenant as a whole (Microsoft's page on throttling limits).
 */
import { GraphError, graphError } from './graph-error.js';

/** A limit: so many units in so long. */
export interface Limit {
  readonly units: number;
  readonly windowMs: number;
}

/** Writes of one application in one tenant. */
export const APPLICATION_WRITES: Limit = { units: 3_000, windowMs: 150_000 };
/** Writes of all applications in one tenant. */
export const TENANT_WRITES: Limit = { units: 18_000, windowMs: 300_000 };

/** Resource units of one application in one tenant; small, medium and large tenants differ. */
export function applicationResourceUnits(userCount: number): Limit {
  const units = userCount < 50 ? 3_500 : userCount <= 500 ? 5_000 : 8_000;
  return { units, windowMs: 10_000 };
}

/** Use beyond the limit is counted up to this share; `x-ms-throttle-limit-percentage` is documented up to 1.8. */
const HIGHEST_USE = 1.8;
/** From this used share on, answers carry `x-ms-throttle-limit-percentage`. */
const WARN_AT = 0.8;

/** Units that flow in evenly and are taken by calls. Calls that are refused take theirs too, as documented. */
export class TokenBucket {
  private level: number;
  private levelAt: number;

  constructor(
    readonly limit: Limit,
    now: number,
  ) {
    this.level = limit.units;
    this.levelAt = now;
  }

  /** The used share after taking `units`: 0 when nothing was used, above 1 when the limit is exceeded. */
  take(units: number, now: number): number {
    this.refill(now);
    const lowest = this.limit.units * (1 - HIGHEST_USE);
    this.level = Math.max(lowest, this.level - units);
    return 1 - this.level / this.limit.units;
  }

  /** Whole seconds, at least one, until `units` can be taken with no more than `share` of the limit in use. */
  secondsUntil(units: number, share: number, now: number): number {
    this.refill(now);
    const wanted = this.limit.units * (1 - share) + units;
    const ms = ((wanted - this.level) * this.limit.windowMs) / this.limit.units;
    return Math.max(1, Math.ceil(ms / 1000));
  }

  private refill(now: number): void {
    const elapsed = Math.max(0, now - this.levelAt);
    this.level = Math.min(this.limit.units, this.level + (elapsed * this.limit.units) / this.limit.windowMs);
    this.levelAt = Math.max(this.levelAt, now);
  }
}

export type Priority = 'Low' | 'Normal' | 'High';

/** What one call costs and who makes it. */
export interface Charge {
  readonly appId: string;
  readonly resourceUnits: number;
  readonly write: boolean;
  readonly priority: Priority;
}

/** The bill of an admitted call: what its answer has to say about the quota. */
export interface Receipt {
  readonly headers: Readonly<Record<string, string>>;
}

interface QuotaSettings {
  readonly tenantId: string;
  readonly userCount: () => number;
  readonly options: () => { readonly lowPriorityShedAt: number; readonly throttledWithRetryAfter: boolean };
  readonly now: () => number;
}

/** All buckets of one tenant. */
export class Quota {
  private readonly buckets = new Map<string, TokenBucket>();

  constructor(private readonly settings: QuotaSettings) {}

  /**
   * Takes what the call costs.
   *
   * @throws GraphError E16 with the throttling headers when a limit is exceeded.
   */
  admit(charge: Charge): Receipt {
    const now = this.settings.now();
    const { lowPriorityShedAt } = this.settings.options();
    const share = charge.priority === 'Low' ? lowPriorityShedAt : 1;
    const uses = this.bucketsOf(charge, now).map((entry) => ({
      ...entry,
      used: entry.bucket.take(entry.units, now),
    }));
    const highest = Math.max(...uses.map(({ used }) => used));
    const headers = highest >= WARN_AT ? { 'x-ms-throttle-limit-percentage': highest.toFixed(2) } : {};
    const exceeded = uses.filter(({ used }) => used > share);
    if (exceeded.length === 0) return { headers };
    const seconds = Math.max(...exceeded.map(({ bucket, units }) => bucket.secondsUntil(units, share, now)));
    throw this.throttled(exceeded[0]?.information ?? '', charge.appId, seconds, headers);
  }

  private bucketsOf({ appId, resourceUnits, write }: Charge, now: number) {
    const units = applicationResourceUnits(this.settings.userCount());
    const reads = {
      // The size is part of the name: a tenant that grows into another size gets the bucket of that size.
      bucket: this.bucket(`${appId} ${units.units}`, units, now),
      units: resourceUnits,
      information: 'ResourceUnitLimitExceeded',
    };
    if (!write) return [reads];
    const information = 'WriteLimitExceeded';
    return [
      reads,
      { bucket: this.bucket(`${appId} writes`, APPLICATION_WRITES, now), units: 1, information },
      { bucket: this.bucket('tenant writes', TENANT_WRITES, now), units: 1, information },
    ];
  }

  private bucket(name: string, limit: Limit, now: number): TokenBucket {
    const known = this.buckets.get(name);
    if (known) return known;
    const fresh = new TokenBucket(limit, now);
    this.buckets.set(name, fresh);
    return fresh;
  }

  private throttled(
    information: string,
    appId: string,
    seconds: number,
    headers: Readonly<Record<string, string>>,
  ): GraphError {
    return withHeaders(graphError('E16'), {
      ...headers,
      ...(this.settings.options().throttledWithRetryAfter ? { 'retry-after': String(seconds) } : {}),
      'x-ms-throttle-scope': `Tenant_Application/ReadWrite/${appId}/${this.settings.tenantId}`,
      'x-ms-throttle-information': information,
    });
  }
}

/** The same error with headers of its own. */
function withHeaders(error: GraphError, headers: Readonly<Record<string, string>>): GraphError {
  return new GraphError(error.status, error.code, error.message, error.inner, { ...error.headers, ...headers });
}
