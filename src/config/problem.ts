/** One thing that is wrong with what an operator wrote, as a sentence that says what to do. */
export interface Problem {
  /** Where: a key and the line, variable or option that it came from. */
  readonly at: string;
  /** What is wrong, and the remedy. Never holds a secret, nor a value that could be one. */
  readonly text: string;
}

/** "1 problem", "3 problems". */
export function counted(problems: readonly Problem[]): string {
  return problems.length === 1 ? '1 problem' : `${problems.length} problems`;
}

/** One line a problem, for people. */
export function listed(problems: readonly Problem[]): string {
  return problems.map(({ at, text }) => `  - ${at === '' ? '' : `${at}: `}${text}`).join('\n');
}
