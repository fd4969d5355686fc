import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Column } from '../output.js';
import type { SimOptions, SimulatedTenant } from './simulated-tenant.js';
import { simulatedTenant } from './simulated-tenant.js';

export interface FaultOptions extends SimOptions {
  readonly set?: readonly (readonly [key: string, value: unknown])[];
  readonly method?: string;
  readonly path?: string;
  readonly user?: string;
  readonly after?: number;
  readonly times?: number;
  readonly probability?: number;
}

/** Adds a fault rule. Its details are the simulator's own; what it does not take, it refuses with a sentence. */
export async function addFault(invocation: Invocation, options: FaultOptions, kind: string): Promise<ExitCode> {
  const { set = [], method, path, user, after, times, probability } = options;
  const { control, tenant } = await simulatedTenant(invocation, options);
  const userId = user === undefined ? undefined : (await control.run(tenant, 'user', { user })).id;
  const rule = {
    match: defined({ method, path, userId }),
    ...defined({ after, times, probability }),
    fault: { kind, ...Object.fromEntries(set) },
  };
  const { id } = await control.run(tenant, 'add-fault', rule as Parameters<typeof control.run<'add-fault'>>[2]);
  await invocation.out.result('SimulatedFault', { id, rule }, () => invocation.out.line(id));
  invocation.out.next('licenseflow sim fault list', `licenseflow sim fault clear ${id}`);
  return EXIT.ok;
}

export async function listFaults(invocation: Invocation, options: SimOptions): Promise<ExitCode> {
  const count = await printFaults(invocation, await simulatedTenant(invocation, options));
  if (count === 0) invocation.out.note('No fault is in force.');
  return EXIT.ok;
}

export async function clearFaults(invocation: Invocation, options: SimOptions, id?: string): Promise<ExitCode> {
  const simulated = await simulatedTenant(invocation, options);
  await simulated.control.run(simulated.tenant, 'clear-faults', id === undefined ? {} : { id });
  const left = await printFaults(invocation, simulated);
  invocation.out.note(left === 0 ? 'No fault is in force.' : `${left} still in force.`);
  return EXIT.ok;
}

async function printFaults({ out }: Invocation, { control, tenant }: SimulatedTenant): Promise<number> {
  const faults = await control.run(tenant, 'faults');
  const columns: readonly Column<(typeof faults)[number]>[] = [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'FAULT', cell: ({ rule }) => JSON.stringify(rule.fault) },
    { title: 'CALLS', cell: ({ rule }) => JSON.stringify(rule.match) },
    { title: 'TIMES', cell: ({ rule }) => rule.times ?? 'always' },
    { title: 'MATCHED', cell: ({ matched }) => matched },
    { title: 'HAPPENED', cell: ({ happened }) => happened },
  ];
  await out.result('SimulatedFaultList', { items: faults }, () => out.table(columns, faults));
  return faults.length;
}

function defined(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
