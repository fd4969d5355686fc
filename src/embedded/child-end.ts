/** How a process ended, with its last lines of output, oldest first. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lastLines: readonly string[];
}

/** A process of ours ended although nobody asked it to, or did not become ready. The message holds its last output. */
export class ChildFailure extends Error {
  override readonly name = 'ChildFailure';

  constructor(what: string, lastLines: readonly string[]) {
    super(
      [`${what}. ${lastLines.length > 0 ? 'Its last output:' : 'It wrote nothing.'}`, ...indent(lastLines)].join('\n'),
    );
  }

  static ended(name: string, { code, signal, lastLines }: ChildEnd): ChildFailure {
    return new ChildFailure(`${name} ended unexpectedly with ${signal ?? `exit code ${code}`}`, lastLines);
  }
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
