/** The product's worker, except that nothing paces its writes: what is left is what the engine itself takes. */
import type { Worker } from '@temporalio/worker';
import { loadConfig } from '../../src/config/config.js';
import { connectionSettings } from '../../src/config/temporal.js';
import { WritePacer } from '../../src/graph/pacing.js';
import { createLog } from '../../src/worker/log.js';
import { installRuntime } from '../../src/worker/runtime.js';
import { listenForStop } from '../../src/worker/stop-request.js';
import { connectToTemporal } from '../../src/worker/temporal-connection.js';
import { createTenantAccess } from '../../src/worker/tenant-access.js';
import { createWorkers, runTogether } from '../../src/worker/workers.js';
import { workflowBundle } from '../../test/support/temporal.js';

/** Writes in flight, which is what limits it then; as many as the baseline makes at a time. */
const inFlight = Number(process.env['BENCH_IN_FLIGHT'] ?? 40);

const config = await loadConfig();
const log = createLog(config.log.level);
const settings = connectionSettings(config);
installRuntime(log);
using stop = listenForStop({ exitWithParent: true, onImpatience: () => process.exit(1) });
const connection = await connectToTemporal(settings);
const workers: readonly Worker[] = await createWorkers({
  connection,
  namespace: settings.namespace,
  config,
  access: {
    ...createTenantAccess(config, log),
    pacer: new WritePacer({
      share: 1,
      inFlightMax: inFlight,
      inFlightAtStart: inFlight,
      quota: { writes: 1_000_000, windowMs: 1_000 },
    }),
  },
  workflowCode: { workflowBundle: await workflowBundle() },
});
await runTogether(workers, stop.signal, () => process.stdout.write(`${JSON.stringify({ ready: true })}\n`));
await connection.close();
process.exit(0);
