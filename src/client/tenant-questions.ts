/** What only a worker can answer about the tenant. Each question is a short workflow that ends by itself. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import type { AuditPage, AuditPageAnswer, AuditSearch, AuditVerdict, AuditVerifyAnswer } from '../contracts/audit.js';
import { TENANT_AUDIT_PAGE, TENANT_AUDIT_VERIFY } from '../contracts/audit.js';
import type { Remainder, RemainderInput } from '../contracts/campaign-reads.js';
import type { FailureDetails } from '../contracts/license-change.js';
import type { Pace } from '../contracts/pace.js';
import type {
  Catalog,
  CatalogEntry,
  Finding,
  FoundPerson,
  NoticeTestOutcome,
  PersonLicenses,
  SkuSeats,
  WhoAnswer,
  WritePace,
} from '../contracts/tenant.js';
import {
  TENANT_CATALOG,
  TENANT_CHECK,
  TENANT_ID,
  TENANT_NOTICE_TEST,
  TENANT_PERSON,
  TENANT_REMAINDER,
  TENANT_SEATS,
  TENANT_WHO,
  TENANT_WRITE_PACE,
} from '../contracts/tenant.js';
import { PRIORITY } from '../contracts/task-queues.js';
import type { AuditHead } from '../domain/audit.js';
import { GUID } from '../domain/license.js';
import type { Person } from '../domain/person.js';
import { nameOf } from '../domain/person.js';
import { describeFailure, meaningOf } from '../domain/failures.js';
import { LicenseflowError } from './licenseflow-error.js';
import { callingTemporal, noAnswer } from './temporal-errors.js';

export interface TenantQuestionsOptions {
  readonly client: Client;
  readonly taskQueue: string;
  readonly pace: Pace;
  readonly answerWithinMs: number;
}

/** Of the time for an answer. */
const REMAINDER_TIMES = 20;
const AUDIT_VERIFY_TIMES = 40;

export class TenantQuestions {
  readonly #options: TenantQuestionsOptions;

  constructor(options: TenantQuestionsOptions) {
    this.#options = options;
  }

  /** Seats and plans of every product of the tenant. */
  seats(): Promise<readonly SkuSeats[]> {
    return this.#ask(TENANT_SEATS, {});
  }

  /** Id of the tenant whose licences the workers assign, as their token has it. */
  id(): Promise<string> {
    return this.#ask(TENANT_ID, {});
  }

  /** What the worker finds about its credentials, permissions, products, policy and clock. */
  check(): Promise<readonly Finding[]> {
    return this.#ask(TENANT_CHECK, {});
  }

  /** How a worker uses the write quota: one of them answers, and speaks for itself. */
  writePace(): Promise<WritePace> {
    return this.#ask(TENANT_WRITE_PACE, {});
  }

  /**
   * The person behind an object id or a user principal name.
   *
   * @throws LicenseflowError `not-found`.
   */
  async person(ref: string): Promise<Person> {
    const person = await this.#ask<FoundPerson>(TENANT_PERSON, { ref });
    if (person !== null) return person;
    throw nobodyNamed(ref, []);
  }

  /**
   * A person with all licences, on all paths, and what is wrong with them.
   *
   * @param ref object id, user principal name, or the beginning of a name that only one person has.
   * @throws LicenseflowError `not-found`, with people of a similar name.
   */
  async licensesOf(ref: string): Promise<PersonLicenses> {
    const { outcome, ...answer } = await this.#ask<WhoAnswer>(TENANT_WHO, { ref });
    if ('person' in answer) return answer;
    throw nobodyNamed(ref, answer.similar);
  }

  /**
   * People whom the beginning of a name or address may mean, a few at most, the likeliest first; an object id or a whole
   * address names one. Nobody is no error.
   */
  async people(beginning: string): Promise<readonly Person[]> {
    const answer = await this.#ask<WhoAnswer>(TENANT_WHO, { ref: beginning });
    return answer.outcome === 'found' ? [answer.person] : answer.similar;
  }

  /**
   * What the policy lets people ask for.
   *
   * @throws LicenseflowError `failed` where the policy file cannot be used.
   */
  async catalog(): Promise<readonly CatalogEntry[]> {
    const catalog = await this.#ask<Catalog>(TENANT_CATALOG, {});
    if (catalog.outcome === 'offered') return catalog.entries;
    throw new LicenseflowError(
      'failed',
      'POLICY_INVALID',
      `The policy file cannot be used, so nothing can be asked for: ${catalog.message}`,
      'Correct the file; no restart is needed. See: licenseflow policy check',
    );
  }

  /** Sends one notice through every channel, once, and says what each of them made of it. */
  testNotices(to: Person, command: string): Promise<NoticeTestOutcome> {
    return this.#ask(TENANT_NOTICE_TEST, { to, command });
  }

  /**
   * Who is in the source of a campaign now and in none of its pages. The whole source is read, which takes longer than
   * other questions.
   */
  remainder(question: Omit<RemainderInput, 'pace'>): Promise<Remainder> {
    return this.#ask(TENANT_REMAINDER, question, REMAINDER_TIMES * this.#options.answerWithinMs);
  }

  /**
   * Some entries of the audit trail.
   *
   * @throws LicenseflowError `failed` where the workers keep none, or the store does not answer.
   */
  async auditPage(search: AuditSearch): Promise<AuditPage> {
    const { outcome, ...page } = await this.#ask<AuditPageAnswer>(TENANT_AUDIT_PAGE, search);
    if (outcome === 'found' && 'entries' in page) return page;
    throw noTrail();
  }

  /**
   * Looks at every entry of the audit trail.
   *
   * @param kept heads that were kept elsewhere.
   * @throws LicenseflowError `failed` as {@link auditPage}.
   */
  async verifyAudit(kept: readonly AuditHead[]): Promise<AuditVerdict> {
    const withinMs = AUDIT_VERIFY_TIMES * this.#options.answerWithinMs;
    const { outcome, ...verdict } = await this.#ask<AuditVerifyAnswer>(TENANT_AUDIT_VERIFY, { kept }, withinMs);
    if (outcome === 'verified' && 'problems' in verdict) return verdict;
    throw noTrail();
  }

  /**
   * The object id that `ref` means. An id is taken as it is, without a question.
   *
   * @throws LicenseflowError `not-found` for an unknown name.
   */
  async idOf(ref: string): Promise<string> {
    return GUID.test(ref) ? ref.toLowerCase() : (await this.person(ref)).id;
  }

  async #ask<R>(workflowType: string, question: object, withinMs = this.#options.answerWithinMs): Promise<R> {
    const { client, taskQueue, pace } = this.#options;
    try {
      return await callingTemporal(() =>
        client.withDeadline(Date.now() + withinMs + 1_000, () =>
          client.workflow.execute<() => Promise<R>>(workflowType, {
            workflowId: `${workflowType}/${randomUUID()}`,
            taskQueue,
            args: [{ pace, ...question }] as never,
            // Nobody waits longer for the answer, so the question goes away with its asker.
            workflowExecutionTimeout: withinMs,
            priority: { priorityKey: PRIORITY.person },
          }),
        ),
      );
    } catch (error) {
      throw explained(error);
    }
  }
}

function noTrail(): LicenseflowError {
  return new LicenseflowError(
    'failed',
    'NO_AUDIT_TRAIL',
    'The worker that answered keeps no audit trail.',
    'Configure audit.url (PostgreSQL) for every worker, or audit.folder where there is one worker only.',
  );
}

function nobodyNamed(ref: string, similar: readonly Person[]): LicenseflowError {
  return new LicenseflowError(
    'not-found',
    'USER_NOT_FOUND',
    `The directory has no user "${ref}".`,
    similar.length > 0
      ? `Perhaps: ${similar.map(nameOf).join(', ')}`
      : 'Check the spelling; an object id or a user principal name is wanted.',
  );
}

function explained(error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  if (error.cause instanceof TimeoutFailure) return noAnswer(error);
  const cause = error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
  const details = cause instanceof ApplicationFailure ? (cause.details?.[0] as FailureDetails | undefined) : undefined;
  if (details === undefined) return error;
  const { failure } = details;
  return new LicenseflowError('failed', failure.code, describeFailure(failure), meaningOf(failure.code).remedy, {
    cause: error,
  });
}
