/** Everything that can go wrong, as Problem Details (RFC 9457): a stable code, a sentence, and what to do. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { CampaignCsvError, LicenseflowError } from '../client/index.js';
import type { LicenseflowErrorKind } from '../client/index.js';
import type { Problem as RequestProblem } from '../contracts/license-request.js';
import { isFailureCode, meaningOf } from '../domain/failures.js';
import { SignInProblem } from '../sign-in/sign-in-problem.js';
import { anyText, answer, listOf } from './schema.js';

/** What is wrong with one value of the call. */
interface Mistake {
  /** `body`, `querystring`, `params` or `headers`; `file` for a line of an upload. */
  readonly in: string;
  /** JSON pointer into it; `null` for all of it. */
  readonly pointer: string | null;
  readonly line?: number | null;
  readonly detail: string;
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly remedy: string;
  readonly instance: string;
  readonly errors?: readonly Mistake[];
  readonly problems?: readonly RequestProblem[];
}

export const PROBLEM_TYPE = 'application/problem+json';

const MistakeSchema = answer<Mistake>('Mistake', 'What is wrong with one value of the call.', {
  in: anyText.meta({ description: 'body, querystring, params, headers, or file.' }),
  pointer: anyText.nullable().meta({ description: 'JSON pointer into it.' }),
  line: z.number().nullable().optional(),
  detail: anyText,
});

export const RequestProblemSchema = answer<RequestProblem>('RequestProblem', 'Why a request is refused.', {
  code: anyText as unknown as z.ZodType<RequestProblem['code']>,
  message: anyText,
  remedy: anyText,
});

export const ProblemSchema = answer<Problem>('Problem', 'Problem Details (RFC 9457).', {
  type: anyText,
  title: anyText,
  status: z.number().int(),
  detail: anyText.meta({ description: 'What happened, as a sentence.' }),
  code: anyText.meta({ description: 'Stable word for programs.' }),
  remedy: anyText.meta({ description: 'What to do next.' }),
  instance: anyText.meta({ description: 'Names this answer in the log of the server.' }),
  errors: listOf(MistakeSchema).optional(),
  problems: listOf(RequestProblemSchema).optional(),
});

/** A call that the API itself refuses. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    readonly statusCode: number,
    readonly code: string,
    message: string,
    readonly remedy: string,
    readonly more: Pick<Problem, 'errors' | 'problems'> = {},
  ) {
    super(message);
  }
}

/** What is said of an error; without the parts that belong to one answer. */
export type Told = Omit<Problem, 'type' | 'instance'>;

/** Sends what went wrong. What nobody foresaw is told by its id alone, and logged. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const told = toldOf(error) ?? UNFORESEEN;
  if (told === UNFORESEEN) request.log.error({ error, requestId: request.id }, 'A call failed for no known reason.');
  const instance = `urn:uuid:${request.id}`;
  const type = `urn:licenseflow:problem:${told.code}`;
  if (told.status === 401) void reply.header('www-authenticate', challenge(told));
  if (told.status === 503) void reply.header('retry-after', '5');
  void reply.code(told.status).type(PROBLEM_TYPE).header('cache-control', 'no-store');
  return reply.send(JSON.stringify({ type, ...told, instance } satisfies Problem));
}

const UNFORESEEN: Told = {
  ...{ title: 'Something went wrong here', status: 500, code: 'INTERNAL' },
  detail: 'The server met something that it was not prepared for.',
  remedy:
    'It is no fault of yours. Look whether it was recorded, then try again; tell an operator this instance if it stays.',
};

/** What can be told of an error; `null` for one that nobody foresaw. */
export function toldOf(error: unknown): Told | null {
  if (error instanceof CampaignCsvError) return { ...ofLibrary(error), errors: rowsOf(error) };
  if (error instanceof LicenseflowError) return ofLibrary(error);
  if (error instanceof SignInProblem || error instanceof ApiProblem) {
    const { statusCode: status, code, message: detail, remedy } = error;
    const more = error instanceof ApiProblem ? error.more : {};
    return { title: TITLES[status] ?? 'The call was refused', status, code, detail, remedy, ...more };
  }
  return error instanceof Error ? ofFastify(error) : null;
}

// --- the client library -----------------------------------------------------------------------------------------------

const STATUS: Readonly<Record<Exclude<LicenseflowErrorKind, 'refused' | 'failed'>, number>> = {
  invalid: 400,
  'not-found': 404,
  conflict: 409,
  unreachable: 503,
  unanswered: 504,
};

/** Refusals that are about who acts, and not about what is done. */
const NOT_YOU = ['SELF_APPROVAL', 'NOT_ELIGIBLE', 'ASSERTED_REFUSED', 'SAME_PERSON'];

function ofLibrary({ kind, code, message, remedy }: LicenseflowError): Told {
  const status = statusOf(kind, code);
  const title = TITLES[status] ?? 'The call was refused';
  // What the connection says names machines.
  if (kind === 'unreachable')
    return {
      ...{ title, status, code },
      detail: 'Temporal cannot be reached, so nothing could be looked up or recorded.',
      remedy: 'Try again in a moment. An operator can look with `licenseflow doctor`.',
    };
  return { title, status, code, detail: message, remedy };
}

function statusOf(kind: LicenseflowErrorKind, code: string): number {
  if (kind === 'refused') return NOT_YOU.includes(code) ? 403 : 422;
  if (kind !== 'failed') return STATUS[kind];
  if (!isFailureCode(code)) return 503;
  const { handling } = meaningOf(code);
  return handling === 'fix-data' || handling === 'fix-plan' || handling === 'look' ? 422 : 503;
}

function rowsOf({ problems }: CampaignCsvError): readonly Mistake[] {
  return problems.map(({ line, message }) => ({ in: 'file', pointer: null, line, detail: message }));
}

// --- the server -------------------------------------------------------------------------------------------------------

function ofFastify(error: Error): Told | null {
  if (hasZodFastifySchemaValidationErrors(error)) return malformed(error);
  const { statusCode: status, code } = error as Partial<FastifyError>;
  if (status === undefined || status < 400 || status >= 500) return null;
  return {
    ...{ title: TITLES[status] ?? 'The call was refused', status, code: CODES[status] ?? 'REFUSED' },
    // The messages of the server name no more than what was sent; those of a parser may quote it.
    detail: code?.startsWith('FST_') === true ? error.message : (TITLES[status] ?? 'The call was refused.'),
    remedy: REMEDIES[status] ?? 'Compare the call with the API document: /api/v1/openapi.json',
  };
}

interface ValidationError {
  readonly validation?: readonly { readonly instancePath: string; readonly message?: string | undefined }[];
  readonly validationContext?: string | undefined;
}

function malformed(error: ValidationError): Told {
  const place = error.validationContext ?? 'body';
  const errors = (error.validation ?? []).map(({ instancePath, message = 'is not as it must be' }) => ({
    ...{ in: place, pointer: instancePath === '' ? null : instancePath, detail: message },
  }));
  return {
    ...{ title: TITLES[400] ?? '', status: 400, code: 'MALFORMED' },
    detail: `Not everything in the ${PLACES[place] ?? place} is as it must be. Nothing was done.`,
    remedy: 'Correct what `errors` names. What is wanted stands in /api/v1/openapi.json',
    errors,
  };
}

const PLACES: Readonly<Record<string, string>> = { querystring: 'query', params: 'path' };

const TITLES: Readonly<Record<number, string>> = {
  400: 'The call is malformed',
  401: 'Nobody is signed in',
  403: 'You may not do this',
  404: 'There is no such thing',
  405: 'Not with this method',
  409: 'The world is not the one that was looked at',
  413: 'Too much was sent',
  415: 'Not in this format',
  422: 'A rule says no',
  429: 'Too many calls',
  503: 'Something that is needed does not answer',
  504: 'No answer in time',
};

const CODES: Readonly<Record<number, string>> = {
  400: 'MALFORMED',
  403: 'FORGED',
  404: 'NO_SUCH_PAGE',
  413: 'TOO_LARGE',
  415: 'UNSUPPORTED_FORMAT',
  429: 'TOO_MANY_CALLS',
};

const REMEDIES: Readonly<Record<number, string>> = {
  403: 'Open the page again, so that it has a token of this session, and do it there. Nothing was done.',
  413: 'Nothing was done. Send less, or split it.',
  415: 'Send JSON, or CSV where a file is uploaded.',
  429: 'Wait as long as the header "Retry-After" says. Nothing was done.',
};

function challenge({ code, detail }: Told): string {
  return code === 'TOKEN_REFUSED'
    ? `Bearer error="invalid_token", error_description="${detail.replace(/[^\x20-\x7e]|["\\]/g, '')}"`
    : 'Bearer';
}
