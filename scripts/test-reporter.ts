import Mocha from 'mocha';

/** How many tests have ended so far, and how. `failed` counts hooks too. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What the reporter tells the process that started mocha: after each test, and once more when the last one is over. */
export interface TestProgress {
  readonly type: 'test-progress';
  readonly counts: TestCounts;
  readonly over: boolean;
}

const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Mocha.Runner.constants;

/** mocha's own list of tests, and a message to the parent process as each of them ends. */
export default class ProgressReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const tell = (over: boolean): void => {
      process.send?.({ type: 'test-progress', counts, over } satisfies TestProgress);
    };
    const count = (outcome: keyof TestCounts) => (): void => {
      counts[outcome] += 1;
      tell(false);
    };
    runner.on(EVENT_TEST_PASS, count('passed'));
    runner.on(EVENT_TEST_FAIL, count('failed'));
    runner.on(EVENT_TEST_PENDING, count('skipped'));
    runner.once(EVENT_RUN_END, () => tell(true));
  }
}
