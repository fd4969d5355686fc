import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Column } from '../output.js';
import type { SimOptions } from './simulated-tenant.js';
import { simulatedTenant } from './simulated-tenant.js';

export interface LogOptions extends SimOptions {
  readonly writes?: true;
  readonly user?: string;
  readonly limit: number;
}

export async function showLog(invocation: Invocation, options: LogOptions): Promise<ExitCode> {
  const { out } = invocation;
  const { writes, user, limit } = options;
  const { control, tenant } = await simulatedTenant(invocation, options);
  const userId = user === undefined ? undefined : (await control.run(tenant, 'user', { user })).id;
  const query = { ...(userId !== undefined && { userId }), ...(writes && { effective: true }) };
  const calls = (await control.run(tenant, 'calls', query)).slice(-limit);
  const columns: readonly Column<(typeof calls)[number]>[] = [
    { title: 'AT', cell: ({ at }) => new Date(at).toISOString() },
    { title: 'STATUS', cell: ({ status }) => status ?? 'cut off' },
    { title: 'METHOD', cell: ({ method }) => method },
    { title: 'PATH', cell: ({ path }) => path },
    { title: 'ERROR', cell: ({ errorCode }) => errorCode },
    { title: 'FAULTS', cell: ({ faults }) => faults.join(', ') },
    { title: 'CHANGED', cell: ({ effective }) => (effective ? 'changed' : null) },
    { title: 'REQUEST-ID', cell: ({ requestId }) => requestId, wide: true },
  ];
  await out.result('SimulatedCallList', { items: calls }, () => out.table(columns, calls));
  return EXIT.ok;
}
