import { ask, mayAsk } from '../confirmation.js';
import { usageError } from '../error-report.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { SimOptions } from './simulated-tenant.js';
import { simulatedTenant } from './simulated-tenant.js';

export async function resetTenant(invocation: Invocation, options: SimOptions & { yes?: true }): Promise<ExitCode> {
  const { out } = invocation;
  const { control, tenant } = await simulatedTenant(invocation, options);
  if (!options.yes) await confirmed(invocation, tenant);
  const made = await control.resetTenant(tenant);
  await out.result('SimulatedTenantReset', made, () =>
    out.line(`${made.displayName} (${made.id}) is as it was at first.`),
  );
  return EXIT.ok;
}

async function confirmed(invocation: Invocation, tenant: string): Promise<void> {
  if (!mayAsk(invocation)) throw usageError('A reset has to be confirmed, and there is nobody to ask.', 'Add: --yes');
  const answer = await ask(invocation, `Make the simulated tenant ${tenant} anew, and forget its state? [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw usageError('Not confirmed. Nothing was done.', 'Answer y, or add --yes.');
}
