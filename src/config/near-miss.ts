/** The one of `known` that `written` was probably meant to be, or `null`. Case is ignored. */
export function nearMiss(written: string, known: readonly string[]): string | null {
  const mistakesMax = Math.max(1, Math.floor(written.length / 3));
  const [best] = known
    .map((word) => ({ word, mistakes: mistakes(written.toLowerCase(), word.toLowerCase()) }))
    .filter(({ mistakes }) => mistakes <= mistakesMax)
    .sort((a, b) => a.mistakes - b.mistakes);
  return best?.word ?? null;
}

/** Insertions, deletions and replacements that lead from `a` to `b` (Levenshtein). */
function mistakes(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? Infinity) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? Infinity) + 1, (next[j] ?? Infinity) + 1));
    }
    row = next;
  }
  return row[b.length] ?? Infinity;
}
