/**
 * What `licenseflow worker --ready-json --exit-with-parent` does, without a command line; with the bundle of the test run,
 * where it has one, because making it takes seconds at each start.
 */
import { loadConfig } from '../../../src/config/config.js';
import { startWorkerProcess } from '../../../src/worker/process.js';
import { SHARED_BUNDLE, workflowBundle } from '../../support/temporal.js';

const config = await loadConfig();
const bundle = process.env[SHARED_BUNDLE] === undefined ? undefined : await workflowBundle();
const code = bundle && { workflowCode: { workflowBundle: bundle } };
process.exit(await startWorkerProcess(config, { readyJson: true, exitWithParent: true, ...code }));
