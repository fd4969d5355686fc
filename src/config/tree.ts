type Branch = Record<string, unknown>;

/** The value at `path`, or `undefined` where there is none. */
export function getIn(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, step) => (isBranch(node) ? node[step] : undefined), tree);
}

/** A copy of `tree` with `value` at `path`. A value in the way that is no branch is kept. */
export function setIn(tree: unknown, path: readonly string[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const branch = tree ?? {};
  return isBranch(branch) ? { ...branch, [step]: setIn(branch[step], rest, value) } : branch;
}

function isBranch(node: unknown): node is Branch {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}
