/**
 * How fast the simulator answers over HTTPS with kept connections, as a ratio to its cheapest call. Run with
 * `node --import tsx bench/simulator.ts [seconds per row]`.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { SEED_APPLICATION } from '../src/simulator/seed/contoso.js';
import { SKU } from '../src/simulator/seed/sku-ids.js';
import { startSimulator } from '../src/simulator/simulator.js';

const USERS = 50_000;
const CONNECTIONS = 16;
const secondsPerRow = Number(process.argv[2] ?? 3);

interface Row {
  readonly name: string;
  readonly call: (n: number) => { readonly method: string; readonly path: string; readonly body?: unknown };
}

const simulator = await startSimulator({ certDir: join(tmpdir(), 'licenseflow-test-certificate') });
const tenant = await simulator.createTenant({ users: USERS, options: { quota: 'off' } });
const userIds = tenant
  .users()
  .filter(({ restrictedManagement }) => !restrictedManagement)
  .map(({ id }) => id);
const userAt = (n: number): string => userIds[n % userIds.length] ?? '';
const agent = new Agent({ ca: readFileSync(simulator.caFile), keepAlive: true, maxSockets: CONNECTIONS });
const headers = {
  authorization: `Bearer ${tenant.applicationToken(SEED_APPLICATION.appId)}`,
  'content-type': 'application/json',
};

const ROWS: readonly Row[] = [
  { name: 'GET user', call: (n) => ({ method: 'GET', path: `/users/${userAt(n)}` }) },
  {
    name: 'GET user with licences',
    call: (n) => ({ method: 'GET', path: `/users/${userAt(n)}?$select=id,assignedLicenses,licenseAssignmentStates` }),
  },
  { name: 'GET subscribedSkus', call: () => ({ method: 'GET', path: '/subscribedSkus' }) },
  {
    name: 'GET page of 999 users',
    call: () => ({ method: 'GET', path: '/users?$top=999&$select=id,assignedLicenses' }),
  },
  {
    name: 'POST assignLicense',
    call: (n) => ({
      method: 'POST',
      path: `/users/${userAt(n)}/assignLicense`,
      body: { addLicenses: [{ skuId: SKU.EMS, disabledPlans: [] }], removeLicenses: [] },
    }),
  },
  {
    name: 'POST $batch of 20 reads',
    call: (n) => ({
      method: 'POST',
      path: '/$batch',
      body: {
        requests: Array.from({ length: 20 }, (_, i) => ({
          id: String(i),
          method: 'GET',
          url: `/users/${userAt(n * 20 + i)}?$select=id,licenseAssignmentStates`,
        })),
      },
    }),
  },
];

function send({ method, path, body }: ReturnType<Row['call']>): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(`${simulator.graphUrl}/v1.0${path}`, { method, headers, agent }, (response) => {
      if ((response.statusCode ?? 0) >= 500) reject(new Error(`${method} ${path} answered ${response.statusCode}.`));
      response.resume().on('end', resolve).on('error', reject);
    });
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Calls per second over all connections. */
async function rate({ call }: Row, seconds: number): Promise<number> {
  const started = performance.now();
  const end = started + seconds * 1000;
  let sent = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) await send(call(sent++));
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return (sent * 1000) / (performance.now() - started);
}

// The first calls pay for compilation and connections, which is not what is measured.
for (const row of ROWS) await rate(row, 0.5);
const table = new Table({
  style: { head: [], border: [] },
  head: ['call', 'calls/s', `of ${ROWS[0]?.name}`],
  colAligns: ['left', 'right', 'right'],
});
let baseline: number | undefined;
for (const row of ROWS) {
  const perSecond = await rate(row, secondsPerRow);
  baseline ??= perSecond;
  table.push([row.name, perSecond.toFixed(0), `${((100 * perSecond) / baseline).toFixed(0)} %`]);
}
process.stdout.write(`${USERS} users, ${CONNECTIONS} connections\n${table.toString()}\n`);
agent.destroy();
await simulator.close();
