import { inspect } from 'node:util';
import Mocha from 'mocha';

/** How the tests have ended so far. */
export interface TestOutcomes {
  readonly passed: number;
  readonly skipped: number;
  /** Each failed test or hook: its whole title, and the error with its stack and causes. */
  readonly failures: readonly string[];
}

/** What the reporter tells the process that started mocha: after each test, and once more when the last one is over. */
export interface TestProgress {
  readonly type: 'test-progress';
  readonly outcomes: TestOutcomes;
  readonly over: boolean;
}

const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Mocha.Runner.constants;

/** mocha's own list of tests, and a message to the parent process as each of them ends. */
export default class ProgressReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const outcomes = { passed: 0, skipped: 0, failures: [] as string[] };
    const tell = (over: boolean): void => {
      process.send?.({ type: 'test-progress', outcomes, over } satisfies TestProgress);
    };
    const count = (outcome: 'passed' | 'skipped') => (): void => {
      outcomes[outcome] += 1;
      tell(false);
    };
    runner.on(EVENT_TEST_PASS, count('passed'));
    runner.on(EVENT_TEST_PENDING, count('skipped'));
    runner.on(EVENT_TEST_FAIL, (test: Mocha.Test, error: unknown) => {
      outcomes.failures.push(`${test.fullTitle()}\n${inspect(error)}`);
      tell(false);
    });
    runner.once(EVENT_RUN_END, () => tell(true));
  }
}
