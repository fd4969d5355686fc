/** What `licenseflow worker --ready-json --exit-with-parent` does, without a command line. */
import { loadConfig } from '../../../src/config/config.js';
import { startWorkerProcess } from '../../../src/worker/process.js';

const config = await loadConfig();
process.exit(await startWorkerProcess(config, { readyJson: true, exitWithParent: true }));
