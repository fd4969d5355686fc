import { counted, listed, type Problem } from './problem.js';

/** The configuration cannot be used. The message lists every problem: the key, where it came from, and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly Problem[]) {
    super(`The configuration has ${counted(problems)}:\n${listed(problems)}`);
  }
}
