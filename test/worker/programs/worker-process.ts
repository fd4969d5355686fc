/**
 * What `licenseflow worker --ready-json --exit-with-parent` does, without a command line. Where the test run has a bundle
 * of the workflows already, it is used: to make it anew takes longer than all the rest.
 */
import { loadConfig } from '../../../src/config/config.js';
import { startWorkerProcess } from '../../../src/worker/process.js';
import { SHARED_BUNDLE, workflowBundle } from '../../support/temporal.js';

const config = await loadConfig();
const isBundled = process.env[SHARED_BUNDLE] !== undefined;
process.exit(
  await startWorkerProcess(config, {
    ...{ readyJson: true, exitWithParent: true },
    ...(isBundled && { workflowCode: { workflowBundle: await workflowBundle() } }),
  }),
);
