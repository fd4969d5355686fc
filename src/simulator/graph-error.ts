/**
 * The error catalogue: every answer with which Microsoft Graph refuses licence work, in the words that were captured
 * from the service or are given by its documentation. Nearly all of them share `400 Request_BadRequest`, so the text is
 * what a client has to tell them apart by.
 */
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** What an error is about; whatever an error's text does not name is not used. */
export interface ErrorSubject {
  readonly skuId?: string | undefined;
  /** Service plans that the text names, the offending one first. */
  readonly planIds?: readonly string[] | undefined;
  /** The user or group as it was named in the address. */
  readonly resource?: string | undefined;
  /** The missing keys of the request body. */
  readonly parameters?: readonly string[] | undefined;
}

/** An error as Graph answers it; the envelope with `innerError` is added where it is sent. */
export class GraphError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Keys that this error has inside `innerError` beside the usual three. */
    readonly inner: Readonly<Record<string, string>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

const badRequest = (message: string) => new GraphError(400, 'Request_BadRequest', message);

const CATALOGUE = {
  /** Usage location absent or invalid. */
  E1: () => badRequest('License assignment cannot be done for user with invalid usage location.'),
  /** Removal of a SKU that the user does not hold. */
  E2: () => badRequest('User does not have a corresponding license.'),
  /** Removal of a SKU that comes from a group only. */
  E3: () =>
    badRequest('User license is inherited from a group membership and it cannot be removed directly from the user.'),
  /** A SKU that the tenant does not own. */
  E4: ({ skuId = NO_ID }) =>
    badRequest(`License ${skuId.toLowerCase()} does not correspond to a valid company License.`),
  /** No free seat. */
  E5: ({ skuId = NO_ID }) => badRequest(`Subscription with SKU ${skuId} does not have any available licenses.`),
  /** A plan without the plan that it needs. */
  E6: ({ planIds: [planId = NO_ID, ...needs] = [] }) =>
    badRequest(
      `License assignment failed because service plan ${planId} depends on the service plan(s) ${needs.join(', ') || NO_ID}`,
    ),
  /** Plans that exclude each other. */
  E7: ({ planIds = [NO_ID, NO_ID] }) =>
    badRequest(`License assignment failed because service plans ${planIds.join(',')} are mutually exclusive`),
  /** A SKU for the whole company. */
  E8: ({ skuId = NO_ID }) => badRequest(`License ${skuId} cannot be assigned to a user.`),
  /** A disabled plan that the SKU does not contain. No capture of this text is known; the wording follows a report of it. */
  E9: ({ skuId = NO_ID, planIds: [planId = NO_ID] = [] }) =>
    badRequest(`The service plan ${planId} does not belong to the ${skuId} subscription.`),
  /** A key of the request body is absent. */
  E10: ({ parameters = ['removeLicenses'] }) =>
    badRequest(
      "One or more parameters of the operation 'assignLicense' are missing from the request payload. " +
        `The missing parameters are: ${parameters.join(', ')}.`,
    ),
  /** A mail address that another object already has. */
  E11: () => badRequest('Another object with the same value for property proxyAddresses already exists.'),
  /** Unknown, deleted, or not yet replicated object. */
  E12: ({ resource = NO_ID }) =>
    new GraphError(
      404,
      'Request_ResourceNotFound',
      `Resource '${resource}' does not exist or one of its queried reference-property objects are not present.`,
    ),
  /** A user that was invited or created a moment ago. The report of this text does not state the status. */
  E13: () =>
    new GraphError(404, 'Directory_ObjectNotFound', 'Unable to read the company information from the directory.'),
  /** Permission or role missing, or the object is protected. */
  E14: () => new GraphError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'),
  /** Another write to the tenant is under way. */
  E15: () =>
    new GraphError(
      409,
      'Directory_ConcurrencyViolation',
      'Error due to concurrent requests being made to the tenant. Please wait briefly and retry.',
    ),
  /** Too many requests; the body is the one of Microsoft's page on throttling. */
  E16: () =>
    new GraphError(429, 'TooManyRequests', 'Please retry again later.', {
      code: '429',
      message: 'Please retry after',
      status: '429',
    }),
  /** Token missing, expired or foreign. */
  E17: () => new GraphError(401, 'InvalidAuthenticationToken', 'Access token has expired or is not yet valid.'),
  /** Trouble inside the service. */
  E18: () => new GraphError(500, 'Service_InternalServerError', 'Encountered an internal server error.'),
} satisfies Record<string, (about: ErrorSubject) => GraphError>;

export type ErrorId = keyof typeof CATALOGUE;
export const ERROR_IDS = Object.keys(CATALOGUE) as [ErrorId, ...ErrorId[]];

/** The error `id` about `subject`. Where the subject leaves something open, the text names the empty GUID. */
export function graphError(id: ErrorId, subject: ErrorSubject = {}): GraphError {
  return CATALOGUE[id](subject);
}

/** A request that Graph cannot make sense of: malformed JSON, GUIDs, queries. */
export function malformed(message: string): GraphError {
  return badRequest(message);
}

/** The same error under another status, for texts that were seen with more than one. */
export function withStatus(error: GraphError, status: number): GraphError {
  const code = error.code === 'Directory_ConcurrencyViolation' && status === 400 ? 'Request_BadRequest' : error.code;
  return new GraphError(status, code, error.message, error.inner, error.headers);
}
