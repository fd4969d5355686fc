import { resolve } from 'node:path';
import ms from 'ms';
import { readConfigFile } from '../../config/config-file.js';
import { givenSettings } from '../../config/given-settings.js';
import { PolicyFileError, readPolicyFile } from '../../config/policy-file.js';
import type { ApproverSelector, Policy, PolicyStage, Requirement, SkuPolicy } from '../../domain/policy.js';
import { conditionText } from '../../domain/policy.js';
import { usageError } from '../error-report.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Column } from '../output.js';

export async function checkPolicy(invocation: Invocation, _options: object, given?: string): Promise<ExitCode> {
  const { out } = invocation;
  const file = given === undefined ? await configuredFile(invocation) : resolve(invocation.deps.cwd, given);
  try {
    const policy = await readPolicyFile(file);
    await out.result('PolicyCheck', { file, valid: true, problems: [], policy }, () =>
      out.table(COLUMNS, rows(policy)),
    );
    out.note(notesOn(policy, file).join('\n'));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof PolicyFileError)) throw error;
    const { problems, message } = error;
    await out.result('PolicyCheck', { file, valid: false, problems, policy: null }, () => out.line(message));
    return EXIT.failed;
  }
}

async function configuredFile({ global, deps }: Invocation): Promise<string> {
  const surroundings = { flags: {}, env: deps.env, workingFolder: deps.cwd };
  const file = await readConfigFile(global.config, surroundings);
  const configured = givenSettings(surroundings, file).get('policy.file')?.value;
  if (typeof configured === 'string') return configured;
  throw usageError('No policy file is configured.', 'Name it: licenseflow policy check policy.yaml');
}

interface Row {
  readonly sku: string;
  readonly stage: PolicyStage | null;
  readonly policy: SkuPolicy;
}

/** One row a stage; a product that asks nobody has one as well. */
function rows({ skus }: Policy): readonly Row[] {
  return Object.entries(skus).flatMap(([sku, policy]): readonly Row[] =>
    policy.stages.length === 0
      ? [{ sku, stage: null, policy }]
      : policy.stages.map((stage) => ({ sku, stage, policy })),
  );
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'PRODUCT', cell: ({ sku }) => sku.toUpperCase() },
  { title: 'STAGE', cell: ({ stage }) => stage?.name ?? 'nobody is asked' },
  { title: 'QUORUM', cell: ({ stage }) => stage?.requirements.map(({ quorum }) => quorum).join(' and ') ?? null },
  { title: 'APPROVERS', cell: ({ stage }) => stage?.requirements.map(requirementText).join(' and ') ?? null },
  { title: 'DEADLINE', cell: ({ stage }) => (stage === null ? null : ms(stage.deadlineMs, { long: true })) },
  { title: 'WAITS FOR A SEAT', cell: ({ policy }) => ms(policy.seatWaitMs, { long: true }) },
  { title: 'REMINDS EVERY', cell: ({ stage }) => long(stage?.remindEveryMs ?? null) },
  { title: 'ESCALATES', cell: ({ stage }) => escalationText(stage?.escalation ?? null) },
  { title: 'APPROVED BY RULE IF', cell: ({ policy }) => policy.autoApprove.map(conditionText).join('; or ') || null },
  { title: 'LONGEST TERM', cell: ({ policy }) => long(policy.term.maxMs) },
];

function long(durationMs: number | null): string | null {
  return durationMs === null ? null : ms(durationMs, { long: true });
}

function escalationText(escalation: PolicyStage['escalation']): string | null {
  if (escalation === null) return null;
  return `after ${ms(escalation.afterMs, { long: true })}: ${escalation.to.map(selectorText).join('; ')}`;
}

/** What is not about one product. */
function notesOn({ assertedDecisions, operators, quietHours }: Policy, file: string): readonly string[] {
  const quiet = quietHours === null ? 'none' : `${quietHours.from} to ${quietHours.to}, ${quietHours.timeZone}`;
  return [
    `${file} is valid. Decisions that are only asserted: ${assertedDecisions}.`,
    `Operators: ${operators.join(', ') || 'nobody'}. Quiet hours: ${quiet}${quietHours?.weekends ? ', and weekends' : ''}.`,
  ];
}

function requirementText({ anyOf }: Requirement): string {
  return anyOf.map(selectorText).join('; ');
}

function selectorText(selector: ApproverSelector): string {
  if ('users' in selector) return selector.users.join(', ');
  if ('owners' in selector) return `owners (${selector.owners.join(', ')})`;
  if ('group' in selector) return `members of ${selector.group}`;
  const { level, upTo, fallback } = selector.manager;
  const levels = upTo > level ? ` up to level ${upTo}` : '';
  const manager = `${level === 1 ? 'manager' : `manager, level ${level}`}${levels}`;
  return fallback.length === 0 ? manager : `${manager}, else ${fallback.join(', ')}`;
}
