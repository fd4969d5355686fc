import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Column } from '../output.js';
import type { SimOptions } from './simulated-tenant.js';
import { simulatedTenant } from './simulated-tenant.js';

export async function showTimeline(invocation: Invocation, options: SimOptions, user: string): Promise<ExitCode> {
  const { out } = invocation;
  const { control, tenant } = await simulatedTenant(invocation, options);
  const [states, skus] = await Promise.all([control.run(tenant, 'timeline', { user }), control.run(tenant, 'skus')]);
  const partNumbers = new Map(skus.map(({ skuId, skuPartNumber }) => [skuId, skuPartNumber]));
  const columns: readonly Column<(typeof states)[number]>[] = [
    { title: 'AT', cell: ({ at }) => new Date(at).toISOString() },
    {
      title: 'HOLDS',
      cell: (entry) => entry.user.licensePaths.map(({ skuId }) => partNumbers.get(skuId) ?? skuId).join(', '),
    },
    { title: 'SERVICES', cell: ({ services }) => services.length },
    { title: 'CAUSE', cell: ({ cause }) => causeText(cause) },
  ];
  await out.result('SimulatedTimeline', { items: states }, () => out.table(columns, states));
  if (states.length === 0) out.note('Nothing has changed since the tenant was made.');
  return EXIT.ok;
}

type Cause = { readonly by: 'call'; readonly seq: number } | { readonly by: 'group' | 'control' };

function causeText(cause: Cause | null): string {
  if (cause === null) return 'start';
  return cause.by === 'call' ? `call ${cause.seq}` : cause.by;
}
