/** Rules of the policy as phrases that people read in the catalogue. */
import ms from 'ms';
import type { ApproverSelector, Condition, PolicyStage, Requirement, TermRule } from '../domain/policy.js';

/** Groups that the stages select approvers from. */
export function groupsNamedIn(stages: readonly PolicyStage[]): readonly string[] {
  const selectors = stages.flatMap(({ requirements }) => requirements.flatMap(({ anyOf }) => anyOf));
  return [...new Set(selectors.flatMap((selector) => ('group' in selector ? [selector.group] : [])))];
}

/** Who decides in the stage: "the manager", "2 of a@contoso.com, b@contoso.com and a member of Licence desk". */
export function stageInWords({ requirements }: PolicyStage, groups: ReadonlyMap<string, string>): string {
  return requirements.map((requirement) => requirementInWords(requirement, groups)).join(' and ');
}

function requirementInWords({ anyOf, quorum }: Requirement, groups: ReadonlyMap<string, string>): string {
  const who = anyOf.map((selector) => selectorInWords(selector, groups)).join(' or ');
  return quorum === 1 ? who : `${String(quorum)} of ${who}`;
}

function selectorInWords(selector: ApproverSelector, groups: ReadonlyMap<string, string>): string {
  if ('users' in selector) return selector.users.join(' or ');
  if ('owners' in selector)
    return selector.owners.length === 0 ? 'the owner' : `the owner (${selector.owners.join(' or ')})`;
  if ('group' in selector) return `a member of ${groups.get(selector.group) ?? selector.group}`;
  const { level } = selector.manager;
  return `the manager${"'s manager".repeat(level - 1)}`;
}

/** "department Sales or Marketing, and at least 5 free seats" */
export function conditionInWords({ freeSeats, ...facts }: Condition): string {
  const parts = Object.entries(facts).map(
    ([fact, values]) => `${FACT[fact as keyof typeof facts]} ${values.join(' or ')}`,
  );
  if (freeSeats !== undefined) parts.push(`at least ${String(freeSeats)} free ${freeSeats === 1 ? 'seat' : 'seats'}`);
  return parts.join(', and ') || 'always';
}

const FACT: Readonly<Record<keyof Omit<Condition, 'freeSeats'>, string>> = {
  department: 'department',
  jobTitle: 'job title',
  companyName: 'company',
  officeLocation: 'office',
  usageLocation: 'usage location',
};

/** "at most 30 days, 2 extensions of up to 30 days", or `null` without limit. */
export function termInWords({ maxMs, extension }: TermRule): string | null {
  if (maxMs === null) return null;
  const limit = `at most ${ms(maxMs, { long: true })}`;
  if (extension === null) return limit;
  const { times, maxMs: longest, approval } = extension;
  const how = approval ? ', each approved anew' : '';
  return `${limit}, ${String(times)} ${times === 1 ? 'extension' : 'extensions'} of up to ${ms(longest, { long: true })}${how}`;
}
