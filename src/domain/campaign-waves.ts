/** How the users of a campaign fall into waves: a canary of one user of each signature, then sizes or a column. */
import type { Signature, WavePlan, WaveSize } from './campaign.js';

/** Waves beside the canary. */
export const WAVES_MAX = 100;

/** Which users of a page are of which wave. */
export interface PageWaves {
  /** Signatures of which this page provides the canary: its first ready user. */
  readonly canaries: readonly string[];
  /**
   * The other ready users in their order: so many in this wave, then so many in the next; who is left is of the last of
   * them. Empty where rows name their waves.
   */
  readonly cuts: readonly { readonly wave: number; readonly users: number }[];
}

/** What waves are made of: the plan of one page in figures. */
export interface PlannedPage {
  readonly signatures: readonly {
    readonly key: string;
    readonly users: number;
    readonly outcome: Signature['outcome'];
    /** The wave that the row of its first ready user names. */
    readonly firstWave?: number;
  }[];
  /** Ready users by the wave that their row names. */
  readonly readyByWave: Readonly<Record<string, number>>;
}

/** The users of the waves, over all pages. */
export interface Waves {
  /** In the order of the pages. */
  readonly pages: readonly PageWaves[];
  /** Users of each wave, from the canary (0) on. */
  readonly sizes: readonly number[];
}

/** What is wrong with a wave plan, as sentences; empty where every ready user falls into exactly one wave. */
export function wavePlanProblems({ sizes }: WavePlan): readonly string[] {
  if (sizes === 'column') return [];
  if (sizes.length === 0) return ['Name at least one wave beside the canary, for instance `rest`.'];
  if (sizes.length > WAVES_MAX)
    return [`A campaign has at most ${WAVES_MAX} waves beside the canary, not ${sizes.length}.`];
  const problems = sizes.flatMap((size, i) => sizeProblem(size, i, sizes.length));
  return problems.length > 0 ? problems : coverProblem(sizes);
}

function sizeProblem(size: WaveSize, i: number, waves: number): readonly string[] {
  const wave = `Wave ${i + 1}`;
  if (size === 'rest') return i === waves - 1 ? [] : [`${wave} takes the rest, so no wave can come after it.`];
  if ('count' in size) return isWave(size.count, Infinity) ? [] : [`${wave} needs a whole number of users from 1.`];
  return size.percent > 0 && size.percent <= 100 ? [] : [`${wave} needs a percentage above 0 and up to 100.`];
}

/** Nobody may be left over, and no wave may be empty by its definition. */
function coverProblem(sizes: readonly WaveSize[]): readonly string[] {
  const percents = sizes.flatMap((size) => (size !== 'rest' && 'percent' in size ? [size.percent] : []));
  const sum = Math.round(percents.reduce((total, percent) => total + percent, 0) * 1e6) / 1e6;
  if (sum > 100) return [`The percentages of the waves add up to ${sum}, which is more than 100.`];
  const hasOthers = percents.length < sizes.length;
  if (sum === 100 && hasOthers)
    return ['The percentages of the waves add up to 100, so nobody is left for the other waves.'];
  if (sum < 100 && sizes.at(-1) !== 'rest')
    return [
      percents.length === sizes.length
        ? `The percentages of the waves add up to ${sum}, not to 100: add a last wave \`rest\`.`
        : 'Nobody knows yet how many users are ready, so the last wave has to be `rest`.',
    ];
  return [];
}

/** Whether `wave` can be the number of a wave that a row names. */
export function isWave(wave: number, max = WAVES_MAX): boolean {
  return Number.isInteger(wave) && wave >= 1 && wave <= max;
}

/** @param canaries signatures that get a canary; all that are ready where it is missing. */
export function makeWaves(plan: WavePlan, pages: readonly PlannedPage[], canaries?: ReadonlySet<string>): Waves {
  const provided = plan.canary ? canariesOf(pages, canaries) : pages.map(() => []);
  const { sizes } = plan;
  const cuts = sizes === 'column' ? pages.map(() => []) : cutsOf(sizes, leftAfter(pages, provided));
  const waves = pages.map((page, i) => ({ canaries: provided[i] ?? [], cuts: cuts[i] ?? [], page }));
  return {
    pages: waves.map(({ canaries, cuts }) => ({ canaries, cuts })),
    sizes: sizesOver(waves.map(({ page, ...pageWaves }) => sizesOfPage(page, pageWaves))),
  };
}

/** Each signature's canary comes from the first page that has it. */
function canariesOf(pages: readonly PlannedPage[], wanted?: ReadonlySet<string>): readonly (readonly string[])[] {
  const taken = new Set<string>();
  return pages.map(({ signatures }) =>
    signatures.flatMap(({ key, outcome, users }) => {
      const isNext = outcome === 'ready' && users > 0 && !taken.has(key) && (wanted?.has(key) ?? true);
      if (isNext) taken.add(key);
      return isNext ? [key] : [];
    }),
  );
}

export function readyIn({ signatures }: Pick<PlannedPage, 'signatures'>): number {
  return signatures.reduce((sum, { outcome, users }) => (outcome === 'ready' ? sum + users : sum), 0);
}

function leftAfter(pages: readonly PlannedPage[], canaries: readonly (readonly string[])[]): readonly number[] {
  return pages.map((page, i) => readyIn(page) - (canaries[i]?.length ?? 0));
}

/** Lays the users of all pages in one row, page after page, and cuts it where waves end. */
function cutsOf(sizes: readonly WaveSize[], left: readonly number[]): readonly PageWaves['cuts'][] {
  const total = left.reduce((sum, users) => sum + users, 0);
  const ends = endsOf(sizes, total);
  let from = 0;
  return left.map((users) => {
    const [begin, end] = [from, from + users];
    from = end;
    return ends.flatMap((waveEnd, i) => {
      const inWave = Math.min(waveEnd, end) - Math.max(ends[i - 1] ?? 0, begin);
      return inWave > 0 ? [{ wave: i + 1, users: inWave }] : [];
    });
  });
}

/** Where each wave ends among `total` users; percentages are of all of them, rounded so that they add up. */
function endsOf(sizes: readonly WaveSize[], total: number): readonly number[] {
  let [end, percent] = [0, 0];
  return sizes.map((size) => {
    if (size === 'rest') return (end = total);
    if ('count' in size) return (end = Math.min(total, end + size.count));
    const before = Math.round((total * percent) / 100);
    percent += size.percent;
    return (end = Math.min(total, end + Math.round((total * percent) / 100) - before));
  });
}

/** Users of each wave in one page, as its figures say. */
export function sizesOfPage(page: PlannedPage, { canaries, cuts }: PageWaves): readonly number[] {
  const sizes: number[] = [canaries.length];
  const add = (wave: number, users: number) => {
    while (sizes.length <= wave) sizes.push(0);
    sizes[wave] = (sizes[wave] ?? 0) + users;
  };
  if (cuts.length > 0) {
    for (const { wave, users } of cuts) add(wave, users);
    return sizes;
  }
  for (const [wave, users] of Object.entries(page.readyByWave)) add(Number(wave), users);
  for (const { key, firstWave } of page.signatures)
    if (firstWave !== undefined && canaries.includes(key)) add(firstWave, -1);
  return sizes;
}

function sizesOver(pages: readonly (readonly number[])[]): readonly number[] {
  const waves = Math.max(1, ...pages.map((sizes) => sizes.length));
  return Array.from({ length: waves }, (_, wave) => pages.reduce((sum, sizes) => sum + (sizes[wave] ?? 0), 0));
}

/** A ready user as its page knows it. */
export interface WaveMember {
  /** Key of the signature. */
  readonly key: string;
  /** Wave that the row names. */
  readonly wave?: number;
}

/** The wave of each of the ready users of a page, in their order. */
export function wavesOfUsers(ready: readonly WaveMember[], { canaries, cuts }: PageWaves): readonly number[] {
  const missing = new Set(canaries);
  let [cut, used] = [0, 0];
  return ready.map(({ key, wave }) => {
    if (missing.delete(key)) return 0;
    if (cuts.length === 0) return wave ?? 1;
    while (cut < cuts.length - 1 && used >= (cuts[cut]?.users ?? 0)) [cut, used] = [cut + 1, 0];
    used++;
    return cuts[cut]?.wave ?? 1;
  });
}
