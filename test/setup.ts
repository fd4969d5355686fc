import { stopTestSimulator } from './support/simulator.js';
import { stopTestTemporal } from './support/temporal.js';

// mocha lets a test pass although a promise nobody awaits was rejected meanwhile. Thrown from here, it fails that test.
process.on('unhandledRejection', (reason) => {
  throw reason;
});

/** Ends what the tests share, each only if a test asked for it. */
export const mochaHooks = {
  async afterAll(): Promise<void> {
    await stopTestTemporal();
    await stopTestSimulator();
  },
};
