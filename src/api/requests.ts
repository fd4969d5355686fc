/** Requests: submit, look, decide, hand on, end, extend, take back. */
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { LicenseflowError } from '../client/index.js';
import type { Licenseflow, RequestFilter, Submitted } from '../client/index.js';
import type { RequestView } from '../contracts/license-request.js';
import { isFinal } from '../contracts/license-request.js';
import type { LicenseRollbackResult } from '../contracts/license-rollback.js';
import { explanation, headline, rollbackExplanation, rollbackHeadline } from '../contracts/request-story.js';
import { actorOf, mayDecide, mayExtend, mayList, mayRollBack, maySeeRequest, mayWithdraw } from '../sign-in/access.js';
import type { SignedIn } from '../sign-in/identity.js';
import { digest, idempotencyKey, milliseconds, reason, requestId, until, userRef, WaitSchema } from './common.js';
import { ApiProblem, RequestProblemSchema } from './problem.js';
import type { Explanation } from './request-schemas.js';
import { ExplanationSchema, InboxItemSchema, NewRequest, RequestRowSchema, RequestSchema } from './request-schemas.js';
import { requestState, RollbackSchema, wishOf } from './request-schemas.js';
import type { Routes } from './route.js';
import { callerOf, permitted, roleMissing, unseen } from './route.js';
import { answer, anyText, flag, guid, listOf, pageOf, paging } from './schema.js';

/** `me` is whoever asks. */
const personFilter = z.union([z.literal('me'), guid]).optional();

const Filter = z.strictObject({
  state: requestState.optional(),
  open: flag.optional().meta({ description: 'Only those that have not ended.' }),
  requester: personFilter,
  subject: personFilter,
  approver: personFilter,
  sku: guid.optional(),
  attention: flag.optional().meta({ description: 'Only what a person has to look at.' }),
  ...paging,
});

const Params = z.strictObject({ id: requestId });
const stage = z.int().min(0).max(100).nullable().meta({ description: 'Index of the stage that was looked at.' });

const RecordedSchema = answer<Extract<Submitted, { outcome: 'recorded' }>>(
  'Recorded',
  'A request that is recorded, and not checked yet.',
  { requestId: anyText, outcome: z.literal('recorded') },
);
const AcceptedSchema = answer<Extract<Submitted, { outcome: 'accepted' | 'refused' }>>(
  'Accepted',
  'A request that was checked and accepted.',
  {
    requestId: anyText,
    outcome: z.enum(['accepted', 'refused']),
    problems: listOf(RequestProblemSchema),
    state: requestState,
    waitsFor: WaitSchema.nullable(),
  },
);

export const requestRoutes: Routes = (api, { licenseflow }) => {
  const { requests } = licenseflow;

  api.get(
    '/requests',
    {
      config: permitted('look'),
      schema: {
        operationId: 'listRequests',
        tags: ['requests'],
        summary: 'Requests, the newest first',
        description:
          'Whoever does not read everything lists what is their own (`requester=me`, which is the default, or `subject=me`) or what asks them (`approver=me`).',
        querystring: Filter,
        response: { 200: pageOf('RequestPage', RequestRowSchema) },
      },
    },
    async (request) => {
      const who = callerOf(request);
      const { limit, cursor = null, ...filter } = request.query;
      const { rows, next } = await licenseflow.page(filterFor(filter, who), { size: limit, cursor });
      return { items: rows, next };
    },
  );

  api.post(
    '/requests',
    {
      config: permitted('request'),
      schema: {
        operationId: 'submitRequest',
        tags: ['requests'],
        summary: 'Asks for licences',
        description:
          'In the name of whoever is signed in. Under the same `Idempotency-Key`, which becomes the id of the request, the same wish joins the first one, and another one is refused.',
        headers: idempotencyKey,
        body: NewRequest,
        response: { 201: AcceptedSchema, 202: RecordedSchema },
      },
    },
    async (request, reply) => {
      const { id } = callerOf(request);
      const requestId = request.headers['idempotency-key'] ?? newRequestId(new Date());
      const { subject = id, ...ask } = request.body;
      const wish = { requestId, requester: id, subject, ...wishOf(ask) };
      const submitted = await requests.submit(wish, actorOf(callerOf(request)));
      if (submitted.outcome === 'refused') throw refusedRequest(submitted);
      void reply.header('location', `/api/v1/requests/${requestId}`);
      return submitted.outcome === 'recorded' ? reply.code(202).send(submitted) : reply.code(201).send(submitted);
    },
  );

  api.get(
    '/requests/:id',
    {
      config: permitted('look'),
      schema: {
        ...{ operationId: 'getRequest', tags: ['requests'], summary: 'One request with all that is known of it' },
        ...{ params: Params, response: { 200: RequestSchema } },
      },
    },
    async (request) => seen(licenseflow, request.params.id, callerOf(request)),
  );

  api.get(
    '/requests/:id/explanation',
    {
      config: permitted('look'),
      schema: {
        ...{ operationId: 'explainRequest', tags: ['requests'] },
        summary: 'Why a request waits: for what, who can act, what happens next, what failed',
        ...{ params: Params, response: { 200: ExplanationSchema } },
      },
    },
    async (request) => {
      const who = callerOf(request);
      return explained(licenseflow, await seen(licenseflow, request.params.id, who), who);
    },
  );

  api.post(
    '/requests/:id/decisions',
    {
      config: permitted('decide'),
      schema: {
        operationId: 'decide',
        tags: ['decisions'],
        summary: 'Approves or denies the plan that was looked at',
        description: 'The same decision again changes nothing. A plan that has changed since is a conflict.',
        params: Params,
        body: z
          .strictObject({ verdict: z.enum(['approve', 'deny']), digest, stage, reason: reason.optional() })
          .refine(({ verdict, reason }) => verdict === 'approve' || reason !== undefined, {
            error: 'is needed for a denial',
            path: ['reason'],
          }),
        response: { 200: RequestSchema },
      },
    },
    async (request) => {
      const who = callerOf(request);
      const { id } = request.params;
      await seen(licenseflow, id, who);
      const { reason, ...decision } = request.body;
      return requests.decide(id, { actor: actorOf(who), ...decision, ...(reason !== undefined && { reason }) });
    },
  );

  api.post(
    '/requests/:id/delegations',
    {
      config: permitted('decide'),
      schema: {
        ...{ operationId: 'delegate', tags: ['decisions'], summary: 'Lets somebody else decide instead' },
        params: Params,
        body: z.strictObject({ to: userRef, stage, reason }),
        response: { 200: RequestSchema },
      },
    },
    async (request) => {
      const who = callerOf(request);
      const { id } = request.params;
      await seen(licenseflow, id, who);
      return requests.delegate(id, { actor: actorOf(who), ...request.body });
    },
  );

  api.post(
    '/requests/:id/withdrawal',
    {
      config: permitted('request'),
      schema: {
        ...{ operationId: 'withdraw', tags: ['requests'] },
        summary: 'Ends a request; what was made is taken back',
        description: 'One of your own, or as an operator any.',
        params: Params,
        body: z.strictObject({ reason }),
        response: { 200: RequestSchema },
      },
    },
    async (request) => {
      const who = callerOf(request);
      const { id } = request.params;
      if (!mayWithdraw(await seen(licenseflow, id, who), who)) throw notYours();
      return requests.withdraw(id, actorOf(who), request.body.reason);
    },
  );

  api.post(
    '/requests/:id/extensions',
    {
      config: permitted('request'),
      schema: {
        ...{ operationId: 'extend', tags: ['requests'] },
        summary: 'Moves the end of a licence in force, or asks its approvers to',
        ...{ headers: idempotencyKey, params: Params },
        body: z
          .strictObject({ byMs: milliseconds.optional(), until: until.optional(), reason })
          .refine(({ byMs, until }) => (byMs === undefined) !== (until === undefined), {
            error: 'give one of byMs and until',
          }),
        response: { 200: RequestSchema },
      },
    },
    async (request) => {
      const who = callerOf(request);
      const { id } = request.params;
      if (!mayExtend(await seen(licenseflow, id, who), who)) throw notYours();
      const { byMs, until = '', reason } = request.body;
      const end = byMs === undefined ? { untilMs: Date.parse(until) } : { byMs };
      const extensionId = request.headers['idempotency-key'];
      const command = { actor: actorOf(who), end, reason, ...(extensionId !== undefined && { extensionId }) };
      return requests.extend(id, command);
    },
  );

  api.post(
    '/requests/:id/rollback',
    {
      config: permitted('operate'),
      schema: {
        ...{ operationId: 'rollBackRequest', tags: ['requests'] },
        summary: 'Takes a finished request back, or joins a rollback that is under way',
        params: Params,
        body: z.strictObject({ reason, seatWaitMs: milliseconds.default(7 * 24 * 60 * 60 * 1_000) }),
        response: { 202: z.looseObject({ requestId: anyText }) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await requests.rollback(id, { actor: actorOf(callerOf(request)), ...request.body });
      return reply.code(202).header('location', `/api/v1/requests/${id}/rollback`).send({ requestId: id });
    },
  );

  api.get(
    '/requests/:id/rollback',
    {
      config: permitted('look'),
      schema: {
        ...{ operationId: 'getRollback', tags: ['requests'], summary: 'How far the rollback of a request is' },
        ...{ params: Params, response: { 200: RollbackSchema } },
      },
    },
    async (request) => {
      const { id } = request.params;
      await seen(licenseflow, id, callerOf(request));
      const rollback = await requests.rollbackView(id);
      if (rollback === null) throw noRollback(id);
      return rollback;
    },
  );

  api.get(
    '/inbox',
    {
      config: permitted('decide'),
      schema: {
        ...{ operationId: 'inbox', tags: ['decisions'] },
        summary: 'What waits for your decision, the oldest deadline first',
        querystring: z.strictObject({ limit: paging.limit }),
        response: { 200: z.looseObject({ items: listOf(InboxItemSchema) }) },
      },
    },
    async (request) => ({ items: await licenseflow.inbox(callerOf(request).id, request.query.limit) }),
  );
};

/** @throws ApiProblem for a request that this person may not see, as for one that there is not. */
export async function seen(
  { requests }: Pick<Licenseflow, 'requests'>,
  requestId: string,
  who: SignedIn,
): Promise<RequestView> {
  const view = await requests.view(requestId).catch((error: unknown) => {
    throw error instanceof LicenseflowError && error.kind === 'not-found' ? unseen(requestId) : error;
  });
  if (!maySeeRequest(view, who)) throw unseen(requestId);
  return view;
}

type Given = Omit<z.output<typeof Filter>, 'limit' | 'cursor'>;

/** @throws ApiProblem for a list that this person may not see. */
function filterFor(given: Given, who: SignedIn): Omit<RequestFilter, 'limit'> {
  const { state, open, sku, attention } = given;
  const idOf = (person: string | undefined) => (person === 'me' ? who.id : person?.toLowerCase());
  const people = {
    requesterId: idOf(given.requester),
    subjectId: idOf(given.subject),
    approverId: idOf(given.approver),
  };
  const named = Object.values(people).some((id) => id !== undefined);
  const scope = named || mayList(people, who) ? people : { requesterId: who.id };
  if (!mayList(scope, who)) throw roleMissing('readAll');
  return {
    ...withoutUndefined(scope),
    ...(state !== undefined && { state }),
    ...(open === true && { open }),
    ...(sku !== undefined && { skuId: sku }),
    ...(attention === true && { needsAttention: true }),
  };
}

function withoutUndefined(scope: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(scope).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

async function explained({ requests, seats }: Licenseflow, view: RequestView, who: SignedIn): Promise<Explanation> {
  const rollback = view.state === 'done' || view.state === 'ended' ? await requests.rollbackView(view.requestId) : null;
  const waits = view.seats.some(({ state }) => state === 'asked') || rollback?.state === 'waiting-for-seat';
  const skuIds = (view.plan?.skus ?? []).map(({ skuId }) => skuId);
  const leases = waits ? await seats.leasesOf(view.requestId, skuIds) : [];
  return {
    requestId: view.requestId,
    state: view.state,
    headline: headline(view),
    lines: [
      ...explanation(view),
      ...(rollback === null ? [] : [rollbackHeadline(rollback), ...rollbackExplanation(rollback)]),
    ],
    places: leases.filter(({ state }) => state === 'waiting'),
    possible: possibleFor(view, rollback, who),
  };
}

function possibleFor(view: RequestView, rollback: LicenseRollbackResult | null, who: SignedIn): readonly string[] {
  const isOpen = !isFinal(view.state);
  return [
    ...(mayDecide(view, who) ? ['decide', 'delegate'] : []),
    ...(isOpen && mayWithdraw(view, who) ? ['withdraw'] : []),
    ...(view.state === 'active' && mayExtend(view, who) ? ['extend'] : []),
    ...(view.state === 'done' && rollback === null && mayRollBack(who) ? ['rollBackRequest'] : []),
  ];
}

function refusedRequest({ requestId, problems }: Extract<Submitted, { outcome: 'accepted' | 'refused' }>): ApiProblem {
  return new ApiProblem(
    422,
    'REQUEST_REFUSED',
    `The request was checked and refused: ${problems.map(({ message }) => message).join(' ')}`,
    `Correct what is named, and submit it again; the id ${requestId} may be used for it.`,
    { problems },
  );
}

function notYours(): ApiProblem {
  return new ApiProblem(
    403,
    'NOT_YOURS',
    'This is somebody else’s request. Nothing was done.',
    'Ask whom it is for, or an operator.',
  );
}

function noRollback(requestId: string): ApiProblem {
  return new ApiProblem(
    404,
    'NO_ROLLBACK',
    `Nobody has asked to take request ${requestId} back.`,
    `An operator may: POST /api/v1/requests/${requestId}/rollback`,
  );
}

/** No vowels, so that no words come about, and nothing that looks like something else. */
const ALPHABET = '23456789bcdfghjkmnpqrstvwxz';
const LENGTH = 8;

function newRequestId(now: Date): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '');
  const random = Array.from({ length: LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  return `lr-${day}-${random}`;
}
