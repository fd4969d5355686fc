import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FailureCode } from '../../src/domain/failures.js';
import { FAILURE_CODES } from '../../src/domain/failures.js';
import { classify } from '../../src/graph/error-table.js';
import type { ErrorAnswer, Operation } from '../../src/graph/error-table.js';

const SKU = 'c7df2760-2c81-4ef7-b578-5b5392b571df';
const REQUEST_ID = '94fb3b52-452a-4535-a601-69e0a90e3aa2';

function answer(overrides: Partial<ErrorAnswer> = {}): ErrorAnswer {
  return { operation: 'assignLicense', status: 400, headers: {}, body: '', roles: null, ...overrides };
}

/** Graph's envelope, with the two spare fields that it always has. */
function body(code: string, message: string): string {
  const innerError = { date: '2026-03-29T13:23:55', 'request-id': REQUEST_ID, 'client-request-id': REQUEST_ID };
  return JSON.stringify({ error: { code, message, innerError } });
}

interface Case {
  readonly error: string;
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly expected: FailureCode;
  readonly operation?: Operation;
}

const BAD = { status: 400, code: 'Request_BadRequest' } as const;

/** The captured text of each error of the catalogue. */
const CASES: readonly Case[] = [
  {
    error: 'E1',
    ...BAD,
    message: 'License assignment cannot be done for user with invalid usage location.',
    expected: 'USAGE_LOCATION',
  },
  { error: 'E2', ...BAD, message: 'User does not have a corresponding license.', expected: 'NOT_HELD' },
  {
    error: 'E3',
    ...BAD,
    message: 'User license is inherited from a group membership and it cannot be removed directly from the user.',
    expected: 'INHERITED_FROM_GROUP',
  },
  {
    error: 'E4',
    ...BAD,
    message: `License ${SKU} does not correspond to a valid company License.`,
    expected: 'UNKNOWN_SKU',
  },
  {
    error: 'E5',
    ...BAD,
    message: `Subscription with SKU ${SKU} does not have any available licenses.`,
    expected: 'NO_SEATS',
  },
  {
    error: 'E5 in the words of Partner Center',
    ...BAD,
    message: `Subscription with SKU ${SKU} does not have any available licenses left.`,
    expected: 'NO_SEATS',
  },
  {
    error: 'E6',
    ...BAD,
    message: `License assignment failed because service plan ${SKU} depends on the service plan(s) ${SKU}, ${SKU}`,
    expected: 'PLAN_DEPENDENCY',
  },
  {
    error: 'E7',
    ...BAD,
    message: `License assignment failed because service plans ${SKU},${SKU} are mutually exclusive`,
    expected: 'PLAN_CONFLICT',
  },
  {
    error: 'E7 in other words',
    ...BAD,
    message: `License assignment failed because service plan ${SKU} conflicts with service plan ${SKU}.`,
    expected: 'PLAN_CONFLICT',
  },
  { error: 'E8', ...BAD, message: `License ${SKU} cannot be assigned to a user.`, expected: 'SKU_NOT_ASSIGNABLE' },
  {
    error: 'E9',
    ...BAD,
    message: `The service plan ${SKU} does not belong to the ${SKU} subscription.`,
    expected: 'UNKNOWN_PLAN',
  },
  {
    error: 'E10',
    ...BAD,
    message:
      "One or more parameters of the operation 'assignLicense' are missing from the request payload. The missing parameters are: removeLicenses.",
    expected: 'UNCLASSIFIED',
  },
  {
    error: 'E11',
    ...BAD,
    message: 'Another object with the same value for property proxyAddresses already exists.',
    expected: 'PROXY_ADDRESS_CONFLICT',
  },
  {
    error: 'E12',
    status: 404,
    code: 'Request_ResourceNotFound',
    message: `Resource '${SKU}' does not exist or one of its queried reference-property objects are not present.`,
    expected: 'USER_NOT_FOUND',
  },
  {
    error: 'E13',
    status: 400,
    code: 'Directory_ObjectNotFound',
    message: 'Unable to read the company information from the directory.',
    expected: 'USER_NOT_FOUND',
  },
  {
    error: 'E14',
    status: 403,
    code: 'Authorization_RequestDenied',
    message: 'Insufficient privileges to complete the operation.',
    expected: 'FORBIDDEN',
  },
  ...[409, 400, 423].map((status) => ({
    error: `E15 by code, as ${status}`,
    status,
    code: 'Directory_ConcurrencyViolation',
    message: '',
    expected: 'CONTENTION' as const,
  })),
  ...[409, 400, 403, 404, 429].map((status) => ({
    error: `E15 by text, as ${status}`,
    status,
    code: 'Request_BadRequest',
    message: 'Error due to concurrent requests being made to the tenant. Please wait briefly and retry.',
    expected: 'CONTENTION' as const,
  })),
  {
    error: 'E16',
    status: 429,
    code: 'TooManyRequests',
    message: 'Please retry again later.',
    expected: 'THROTTLED',
  },
  { error: 'E16 without words', status: 429, code: 'UnknownError', message: '', expected: 'THROTTLED' },
  { error: 'E16 of a limit', status: 429, code: 'activityLimitReached', message: 'x', expected: 'THROTTLED' },
  {
    error: 'E17',
    status: 401,
    code: 'InvalidAuthenticationToken',
    message: 'Access token has expired or is not yet valid.',
    expected: 'UNAUTHENTICATED',
  },
  ...[500, 502, 503, 504].flatMap((status): Case[] => [
    {
      error: `E18 ${status} of a read`,
      status,
      code: 'Service_InternalServerError',
      message: 'x',
      expected: 'TRANSIENT',
      operation: 'readUser',
    },
    {
      error: `E18 ${status} of a write`,
      status,
      code: 'UnknownError',
      message: '',
      expected: 'OUTCOME_UNKNOWN',
    },
  ]),
];

describe('a plan that needs others (E6)', () => {
  const [A, B, C] = ['f20fedf3', '9aaf7827', 'efb87545'].map((start) => `${start}-d63c-4b61-89c3-182f06f82e5c`);
  const learned = (message: string) => classify(answer({ body: body('Request_BadRequest', message) })).dependency;
  const said = (plans: string) => `License assignment failed because service plan ${plans}`;

  it('is learned from the words of Graph', () => {
    assert.deepEqual(learned(said(`${A} depends on the service plan(s) ${B}`)), { planId: A, needs: [B] });
    assert.deepEqual(learned(said(`${A} depends on the service plan(s) ${B}, ${C}`)), { planId: A, needs: [B, C] });
    assert.deepEqual(learned(said(`${A?.toUpperCase()} depends on the service plan(s): ${B},${C}.`)), {
      planId: A,
      needs: [B, C],
    });
  });

  it('teaches nothing where its text names no plans, or is about something else', () => {
    assert.equal(learned(said('Exchange depends on the service plan(s) of something')), undefined);
    assert.equal(learned(said(`${A} depends on the service plan(s) `)), undefined);
    assert.equal(
      learned(`License assignment failed because service plans ${A},${B} are mutually exclusive`),
      undefined,
    );
  });
});

describe('error table', () => {
  for (const { error, status, code, message, expected, operation = 'assignLicense' } of CASES) {
    it(`${error} is ${expected}`, () => {
      const failure = classify(answer({ operation, status, body: body(code, message) }));
      assert.equal(failure.code, expected);
      assert.ok(failure.message.includes(message === '' ? code : message), failure.message);
      assert.equal(failure.requestId, REQUEST_ID);
      assert.equal(failure.status, status);
    });
  }

  it('keeps an unknown error whole, code included', () => {
    const failure = classify(answer({ body: body('Request_Strange', 'Something nobody has seen.') }));
    assert.equal(failure.code, 'UNCLASSIFIED');
    assert.equal(failure.message, 'Request_Strange: Something nobody has seen.');
  });

  it('does not read licence errors into other calls', () => {
    const failure = classify(
      answer({
        operation: 'readSkus',
        body: body('Request_BadRequest', 'User does not have a corresponding license.'),
      }),
    );
    assert.equal(failure.code, 'UNCLASSIFIED');
  });

  it('a missing group is not a missing user', () => {
    const failure = classify(
      answer({ operation: 'readGroup', status: 404, body: body('Request_ResourceNotFound', `Resource '${SKU}' …`) }),
    );
    assert.equal(failure.code, 'GROUP_NOT_FOUND');
  });

  describe('403', () => {
    const denied = body('Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
    const of = (operation: Operation, roles: readonly string[] | null, text = denied) =>
      classify(answer({ operation, status: 403, body: text, roles })).code;

    it('is about the object where the token is good enough for the call', () => {
      for (const role of ['LicenseAssignment.ReadWrite.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All']) {
        assert.equal(of('assignLicense', ['Mail.Send', role]), 'RESTRICTED_OBJECT', role);
      }
      assert.equal(of('setUsageLocation', ['User.ReadWrite.All']), 'RESTRICTED_OBJECT');
    });

    it('is about the application where the role is missing, or meant for another call', () => {
      assert.equal(of('assignLicense', []), 'FORBIDDEN');
      assert.equal(of('assignLicense', ['User.Read.All']), 'FORBIDDEN');
      assert.equal(of('setUsageLocation', ['LicenseAssignment.ReadWrite.All']), 'FORBIDDEN');
    });

    it('is about the application where the roles cannot be read, for reads, and for other refusals', () => {
      assert.equal(of('assignLicense', null), 'FORBIDDEN');
      assert.equal(of('readUser', ['Directory.ReadWrite.All']), 'FORBIDDEN');
      assert.equal(of('assignLicense', ['User.ReadWrite.All'], body('AccessDenied', 'Blocked.')), 'FORBIDDEN');
    });
  });

  describe('bodies that are not the envelope', () => {
    it('go by status, with the text cut to a line', () => {
      const html = `<html>\n<body>${'<p>Service Unavailable</p>\n'.repeat(500)}</body></html>`;
      const failure = classify(answer({ status: 503, operation: 'readUser', body: html }));
      assert.equal(failure.code, 'TRANSIENT');
      assert.ok(failure.message.startsWith('<html> <body><p>Service Unavailable</p>'));
      assert.ok(failure.message.length <= 500);
    });

    it('may be empty', () => {
      assert.deepEqual(classify(answer({ status: 504, operation: 'readUser' })), {
        code: 'TRANSIENT',
        message: 'HTTP 504',
        status: 504,
      });
    });

    it('fall back to the request id of the header', () => {
      assert.equal(classify(answer({ headers: { 'request-id': 'abc' } })).requestId, 'abc');
    });
  });

  describe('Retry-After', () => {
    const wait = (headers: Record<string, string>, status = 429) => classify(answer({ status, headers })).retryAfterMs;

    it('counts in seconds', () => assert.equal(wait({ 'retry-after': '17' }), 17_000));
    it('counts from the Date header where it is a date', () => {
      const headers = { 'retry-after': 'Tue, 18 Aug 2020 12:52:21 GMT', date: 'Tue, 18 Aug 2020 12:51:51 GMT' };
      assert.equal(wait(headers), 30_000);
    });
    it('is never negative, and never longer than an hour', () => {
      const date = 'Tue, 18 Aug 2020 12:51:51 GMT';
      assert.equal(wait({ 'retry-after': 'Tue, 18 Aug 2020 12:51:00 GMT', date }), 0);
      assert.equal(wait({ 'retry-after': 'Tue, 18 Aug 2099 12:51:00 GMT', date }), 3_600_000);
    });
    it('is left out where it says nothing', () => {
      assert.equal(wait({}), undefined);
      assert.equal(wait({ 'retry-after': 'soon' }), undefined);
    });
    it('makes a 503 on a write a refusal at the door', () => {
      const refused = classify(answer({ status: 503, headers: { 'retry-after': '5' } }));
      assert.equal(refused.code, 'TRANSIENT');
      assert.equal(refused.retryAfterMs, 5_000);
    });
  });

  it('never throws and never loses the words, whatever comes', () => {
    const operations: readonly Operation[] = ['readUser', 'batch', 'assignLicense', 'setUsageLocation', 'readGroup'];
    const words = fc.string({ minLength: 1, maxLength: 400 }).filter((text) => text.trim() !== '');
    fc.assert(
      fc.property(
        fc.constantFrom(...operations),
        fc.integer({ min: 100, max: 599 }),
        words,
        fc.option(fc.string(), { nil: undefined }),
        fc.boolean(),
        fc.dictionary(fc.constantFrom('retry-after', 'date', 'request-id'), fc.string()),
        fc.option(fc.array(fc.string())),
        (operation, status, message, code, wrapped, headers, roles) => {
          const text = wrapped ? JSON.stringify({ error: { code, message, innerError: code } }) : message;
          const failure = classify({ operation, status, headers, body: text, roles });
          assert.ok(FAILURE_CODES.includes(failure.code));
          assert.ok(failure.message.includes(message.replace(/\s+/g, ' ').trim()), failure.message);
        },
      ),
    );
  });

  it('takes any JSON for a body', () => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 400, max: 599 }), (json, status) => {
        assert.notEqual(classify(answer({ status, body: json })).message, '');
      }),
    );
  });
});
