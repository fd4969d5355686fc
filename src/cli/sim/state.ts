import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { usageError } from '../error-report.js';
import type { SimOptions } from './simulated-tenant.js';
import { simulatedTenant } from './simulated-tenant.js';

export async function showState(invocation: Invocation, options: SimOptions & { full?: true }): Promise<ExitCode> {
  const { out } = invocation;
  if (options.full && !out.isJson) throw usageError('--full is for programs.', 'Add --json.');
  const { control, tenant } = await simulatedTenant(invocation, options);
  const summary = await control.run(tenant, 'summary');
  const full = options.full ? { tenant: await control.run(tenant, 'state') } : {};
  await out.result('SimulatedTenant', { ...summary, ...full }, () =>
    out.fields([
      ['Tenant', `${summary.displayName} (${summary.domains.join(', ')})`],
      ['Tenant id', summary.id],
      ['Users', summary.users],
      ['Calls so far', summary.calls],
      ['Faults in force', summary.faults],
    ]),
  );
  return EXIT.ok;
}
