/**
 * The operator's policy file: YAML, read as a {@link Policy} or refused with everything that is wrong with it, each with
 * its line. A change of the file counts from the next question on; no restart is needed.
 */
import type { Policy } from '../domain/policy.js';
import { policySchema } from './policy-schema.js';
import { senseProblems } from './policy-sense.js';
import { counted, listed, type Problem } from './problem.js';
import { check, type SchemaProblem } from './schema-problems.js';
import { readTextFile } from './text-file.js';
import { readYaml, type Position, type YamlText } from './yaml-text.js';

/** The policy file cannot be used. The message lists every problem with line, column and key, and what to do. */
export class PolicyFileError extends Error {
  override readonly name = 'PolicyFileError';

  constructor(
    readonly file: string,
    readonly problems: readonly Problem[],
  ) {
    super(`The policy file ${file} has ${counted(problems)}:\n${listed(problems)}`);
  }
}

/**
 * Gives the policy as the file says at the time of the call. The text is read each time, which is exact where dates of
 * files are not (two changes within a second, a mounted folder that is swapped), and parsed only when it differs.
 *
 * @throws PolicyFileError from the returned function, until the file is right again.
 */
export function createPolicySource(file: string): () => Promise<Policy> {
  let last: { readonly text: string; readonly policy: Policy } | null = null;
  return async () => {
    const text = await readPolicyText(file);
    if (last?.text !== text) last = { text, policy: parsePolicy(text, file) };
    return last.policy;
  };
}

/** @throws PolicyFileError */
export async function readPolicyFile(file: string): Promise<Policy> {
  return parsePolicy(await readPolicyText(file), file);
}

/**
 * @param file names the text in errors.
 * @throws PolicyFileError
 */
export function parsePolicy(text: string, file: string): Policy {
  const yaml = readYaml(text);
  if (yaml.problems.length === 0 && (yaml.value === undefined || yaml.value === null))
    throw new PolicyFileError(file, [
      { at: '', text: 'It is empty. Write at least "version: 1", "assertedDecisions" and "skus".' },
    ]);
  const shape = yaml.value === undefined ? { problems: [] } : check(policySchema, yaml.value);
  const problems = [
    ...yaml.problems.map(({ position, text }) => ({ position, path: [], text })),
    ...('problems' in shape ? shape.problems.map((problem) => placed(yaml, problem)) : []),
    ...senseProblems(yaml.value).map(({ path, text }) => ({ position: yaml.keyPositionOf(path), path, text })),
  ];
  if ('problems' in shape || problems.length > 0) throw new PolicyFileError(file, inOrder(problems));
  return shape.value;
}

async function readPolicyText(file: string): Promise<string> {
  const read = await readTextFile(file);
  if ('problem' in read) throw new PolicyFileError(file, [{ at: '', text: read.problem }]);
  return read.text;
}

interface PlacedProblem {
  readonly position: Position;
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

function placed(yaml: YamlText, { path, unknownKey, missing, text }: SchemaProblem): PlacedProblem {
  if (unknownKey && isStageQuorum(path)) return { position: yaml.keyPositionOf(path), path, text: QUORUM_MOVED };
  const remedy = missing ? ` ${HOW_TO_ADD[String(path.at(-1))] ?? 'Add it.'}` : '';
  return { position: unknownKey ? yaml.keyPositionOf(path) : yaml.positionOf(path), path, text: `${text}${remedy}` };
}

function isStageQuorum(path: readonly PropertyKey[]): boolean {
  return path.at(-1) === 'quorum' && path.at(-3) === 'stages';
}

const QUORUM_MOVED =
  'belongs to the entries of "approvers" now, because each of them needs approvals of its own: "- { users: [...], quorum: 2 }".';

const HOW_TO_ADD: Readonly<Record<string, string>> = {
  version: 'Write "version: 1".',
  assertedDecisions: 'Write "allow" or "refuse".',
  skus: 'List the products that can be asked for.',
  approvers: 'Say who is asked, for instance "[{ manager: 1 }]".',
};

function inOrder(problems: readonly PlacedProblem[]): readonly Problem[] {
  return [...problems]
    .sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column)
    .map(({ position: { line, column }, path, text }) => ({
      at: [`line ${line}, column ${column}`, ...(path.length > 0 ? [keyPath(path)] : [])].join(', '),
      text,
    }));
}

/** `defaults.stages[0].quorum` */
function keyPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}
