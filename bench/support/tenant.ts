/** A simulated tenant full of people, in a process of its own, so that whoever is measured has a core for itself. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ChildProcesses } from '../../src/embedded/child-processes.js';
import { ownModule } from '../../src/embedded/own-program.js';
import { ControlClient } from '../../src/simulator/control-client.js';
import { crowd } from '../../src/simulator/seed/crowd.js';
import { SEED_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { holdsDirectly } from '../../test/support/campaigns.js';
import type { OptionsPatch } from '../../src/simulator/tenant-options.js';

/** People in a hundred of a crowd that hold Office 365 E3 and can be moved, rounded down. */
const MOVABLE_PERCENT = 75;

export interface BenchTenant {
  readonly id: string;
  readonly control: ControlClient;
  /** Object ids of people who hold Office 365 E3 directly. */
  readonly users: readonly string[];
  /** One of the crowd that no campaign moves. */
  readonly bystander: string;
}

export class BenchSimulator {
  private constructor(
    readonly graph: { readonly graphUrl: string; readonly authorityHost: string },
    readonly control: ControlClient,
    private readonly children: ChildProcesses,
  ) {}

  static async start(): Promise<BenchSimulator> {
    const certDir = process.env['LICENSEFLOW_TEST_CERT_DIR'];
    if (certDir === undefined) throw new Error('Run benchmarks with `npm run bench`: it makes the certificate.');
    const children = new ChildProcesses(() => undefined);
    const { prepared } = await children.start(
      {
        name: 'simulator',
        module: ownModule('simulator/main'),
        args: ['--exit-with-parent', '--cert-dir', certDir],
        env: process.env,
        ready: z.object({ graphUrl: z.url(), controlUrl: z.url() }),
        readyWithinMs: 120_000,
        stopWithinMs: 10_000,
      },
      (ready) => Promise.resolve(ready),
    );
    const { graphUrl, controlUrl } = prepared;
    return new BenchSimulator({ graphUrl, authorityHost: graphUrl }, new ControlClient(controlUrl), children);
  }

  /**
   * A tenant with at least so many people to move, and with seats for all of them twice: what was used in the last minutes
   * counts twice in a seat pool, because counts of seats may lag.
   */
  async tenant(users: number, options: OptionsPatch): Promise<BenchTenant> {
    const id = randomUUID();
    const size = Math.ceil((users * 100) / MOVABLE_PERCENT) + 50;
    await this.control.createTenant({ id, users: size, options });
    await this.control.run(id, 'set-free-seats', { skuId: SKU.ENTERPRISEPREMIUM, free: 2 * users });
    // Made from the same seed as the tenant, which is quicker than to ask for all of them.
    const people = crowd(size, `crowd ${id}`, new Date().toISOString());
    const movable = people.filter((user) => user.accountEnabled && holdsDirectly(user, SKU.ENTERPRISEPACK));
    const bystander = people.find((user) => user.accountEnabled && user.licensePaths.length === 0);
    if (movable.length < users || bystander === undefined) throw new Error(`The tenant has too few people to move.`);
    return {
      id,
      control: this.control,
      users: movable.slice(0, users).map((user) => user.id),
      bystander: bystander.userPrincipalName,
    };
  }

  /** What a bare script needs to speak to a tenant. */
  async token(tenantId: string): Promise<string> {
    const response = await fetch(`${this.graph.authorityHost}/${tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        client_id: SEED_APPLICATION.appId,
        client_secret: SEED_APPLICATION.secrets[0],
        grant_type: 'client_credentials',
        scope: `${this.graph.graphUrl}/.default`,
      }),
    });
    const { access_token: token } = z.object({ access_token: z.string() }).parse(await response.json());
    return token;
  }

  async stop(): Promise<void> {
    await this.children.stop();
  }
}
