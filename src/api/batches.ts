/** One wish for several people. */
import { z } from 'zod';
import type { BatchSubmitted, SubjectWithdrawn } from '../client/index.js';
import { LicenseflowError } from '../client/index.js';
import { BATCH_ID } from '../contracts/request-batch.js';
import { actorOf, may } from '../sign-in/access.js';
import { reason } from './common.js';
import { NewBatch, RequestRowSchema, wishOf } from './request-schemas.js';
import type { Routes } from './route.js';
import { callerOf, permitted } from './route.js';
import { answer, anyText, listOf, pageOf, paging, parts } from './schema.js';

const batchId = z.string().regex(BATCH_ID).meta({ description: 'Id of a batch.' });
const Params = z.strictObject({ id: batchId });

const BatchSchema = answer<BatchSubmitted>('Batch', 'What a submit for several people came to.', {
  batchId: anyText,
  items: parts('For each person: request id, outcome, problems.'),
});

export const batchRoutes: Routes = (api, { licenseflow }) => {
  const { batches } = licenseflow;

  api.put(
    '/batches/:id',
    {
      config: permitted('request'),
      schema: {
        ...{ operationId: 'submitBatch', tags: ['batches'], summary: 'Asks for the same licences for several people' },
        description: 'The same batch again joins the first one; another one under the same id is refused.',
        ...{ params: Params, body: NewBatch, response: { 200: BatchSchema } },
      },
    },
    async (request) => {
      const who = callerOf(request);
      const { subjects, ...ask } = request.body;
      const batch = { batchId: request.params.id, requester: who.id, subjects, ...wishOf(ask) };
      return batches.submit(batch, actorOf(who));
    },
  );

  api.get(
    '/batches/:id/requests',
    {
      config: permitted('look'),
      schema: {
        ...{ operationId: 'listBatch', tags: ['batches'], summary: 'The requests of a batch' },
        ...{ params: Params, querystring: z.strictObject(paging) },
        response: { 200: pageOf('BatchPage', RequestRowSchema) },
      },
    },
    async (request) => {
      const { limit, cursor = null } = request.query;
      const filter = { batchId: request.params.id, ...ownOnly(callerOf(request)) };
      const { rows, next } = await licenseflow.page(filter, { size: limit, cursor });
      return { items: rows, next };
    },
  );

  api.post(
    '/batches/:id/withdrawal',
    {
      config: permitted('request'),
      schema: {
        ...{ operationId: 'withdrawBatch', tags: ['batches'], summary: 'Ends every open request of a batch' },
        ...{ params: Params, body: z.strictObject({ reason }) },
        response: { 200: z.looseObject({ items: listOf(withdrawnSchema()) }) },
      },
    },
    async (request) => {
      const who = callerOf(request);
      const { id } = request.params;
      const [known] = await licenseflow.list({ batchId: id, ...ownOnly(who), limit: 1 });
      if (known === undefined && !may(who, 'operate')) throw noSuchBatch(id);
      return { items: await batches.withdraw(id, actorOf(who), request.body.reason) };
    },
  );
};

/** Whoever does not read everything sees the requests that are their own. */
function ownOnly(who: Parameters<typeof may>[0]): { readonly requesterId?: string } {
  return may(who, 'readAll') ? {} : { requesterId: who.id };
}

function withdrawnSchema(): z.ZodType<SubjectWithdrawn> {
  return z
    .looseObject({ subject: anyText, requestId: anyText, outcome: anyText })
    .meta({
      id: 'SubjectWithdrawn',
      description: 'What the withdrawal did for one person.',
    }) as unknown as z.ZodType<SubjectWithdrawn>;
}

function noSuchBatch(batchId: string): LicenseflowError {
  return new LicenseflowError('not-found', 'NO_SUCH_BATCH', `There is no batch ${batchId}.`, 'Check the id.');
}
