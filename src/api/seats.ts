/** Seats: what there is, what is promised, who waits; and what operators do about it. */
import { z } from 'zod';
import type { Licenseflow, NamedPool } from '../client/index.js';
import type { SkuSeats } from '../contracts/tenant.js';
import { actorOf } from '../sign-in/access.js';
import { FailureAtSchema, milliseconds, PriceSchema, reason, requestId, skuRef } from './common.js';
import { ApiProblem } from './problem.js';
import { LeaseSchema } from './request-schemas.js';
import type { Routes } from './route.js';
import { callerOf, permitted } from './route.js';
import { answer, anyText, instant, listOf, paging, part, parts } from './schema.js';

const priority = z.enum(['high', 'normal', 'low']);
const leaseId = z.string().regex(/^[\w./-]{1,200}$/);

const SkuSeatsSchema = answer<SkuSeats>('SkuSeats', 'Seats and plans of one product.', {
  skuId: anyText,
  skuPartNumber: anyText,
  name: anyText,
  appliesTo: z.enum(['User', 'Company']),
  capabilityStatus: anyText,
  enabled: z.number().int(),
  warning: z.number().int(),
  consumed: z.number().int(),
  suspended: z.number().int(),
  lockedOut: z.number().int(),
  free: z.number().int().meta({ description: 'Seats that can be given away now.' }),
  requestable: z.boolean(),
  monthlyPrice: PriceSchema.nullable(),
  servicePlans: parts('Its service plans.'),
});

const PoolSchema = answer<NamedPool>('SeatPool', 'What is promised of a product, and who waits for it.', {
  tenantId: anyText,
  skuId: anyText,
  product: anyText.nullable(),
  count: part<NamedPool['count']>('The last count.').nullable(),
  free: z.number().int().nullable(),
  refusedAt: instant.nullable().meta({ description: 'When Graph had no seat for a write, as long as counts may lag.' }),
  held: z.number().int(),
  settling: z.number().int(),
  waiting: z.number().int(),
  nextCountAt: instant.nullable(),
  lastFailure: FailureAtSchema.nullable(),
  leases: listOf(LeaseSchema),
  waitList: listOf(LeaseSchema),
  acts: parts('The latest acts of operators.'),
});

export const seatRoutes: Routes = (api, { licenseflow }) => {
  const { seats, tenant } = licenseflow;

  api.get(
    '/seats',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'listSeats', tags: ['seats'], summary: 'Seats of every product' },
        response: { 200: z.looseObject({ items: listOf(SkuSeatsSchema) }) },
      },
    },
    async () => ({ items: await tenant.seats() }),
  );

  api.get(
    '/seats/:sku',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'getSeats', tags: ['seats'], summary: 'One product: seats, promises, wait-list' },
        ...{ params: z.strictObject({ sku: skuRef }), querystring: z.strictObject({ limit: paging.limit }) },
        response: { 200: z.looseObject({ product: SkuSeatsSchema, pool: PoolSchema.nullable() }) },
      },
    },
    async (request) => {
      const product = await productNamed(licenseflow, request.params.sku);
      return { product, pool: await seats.pool(product.skuId, request.query.limit) };
    },
  );

  api.post(
    '/seats/:sku/holds',
    {
      config: permitted('operate'),
      schema: {
        ...{ operationId: 'holdSeats', tags: ['seats'], summary: 'Keeps seats back; waits while fewer are free' },
        params: z.strictObject({ sku: skuRef }),
        body: z.strictObject({
          units: z.int().min(1).max(100_000),
          forMs: milliseconds,
          priority: priority.default('normal'),
          reason,
        }),
        response: { 201: LeaseSchema },
      },
    },
    async (request, reply) => {
      const { skuId } = await productNamed(licenseflow, request.params.sku);
      const lease = await seats.hold({ skuId, ...request.body, actor: actorOf(callerOf(request)) });
      return reply.code(201).send(lease);
    },
  );

  api.post(
    '/leases/:lease/release',
    {
      config: permitted('operate'),
      schema: {
        ...{ operationId: 'releaseSeats', tags: ['seats'] },
        summary: 'Ends a promise whose holder has ended, or seats that are kept back',
        params: z.strictObject({ lease: leaseId }),
        body: z.strictObject({ reason }),
        response: { 200: LeaseSchema },
      },
    },
    async (request) =>
      seats.release(request.params.lease, { actor: actorOf(callerOf(request)), reason: request.body.reason }),
  );

  api.get(
    '/wait-lists',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'waitLists', tags: ['seats'], summary: 'Who waits for seats, each list in its order' },
        querystring: z.strictObject({ sku: skuRef.optional(), limit: paging.limit }),
        response: { 200: z.looseObject({ items: listOf(LeaseSchema) }) },
      },
    },
    async (request) => {
      const { sku, limit } = request.query;
      const skuId = sku === undefined ? null : (await productNamed(licenseflow, sku)).skuId;
      return { items: await seats.waitList(skuId, limit) };
    },
  );

  api.post(
    '/requests/:id/rank',
    {
      config: permitted('operate'),
      schema: {
        ...{ operationId: 'rank', tags: ['seats'] },
        summary: 'Puts a request that waits for a seat to the head of its list, or into the line of a priority',
        params: z.strictObject({ id: requestId }),
        body: z.strictObject({ to: z.union([z.literal('head'), priority]), reason }),
        response: { 200: LeaseSchema },
      },
    },
    async (request) => {
      const { to, reason } = request.body;
      return seats.rank(request.params.id, to, { actor: actorOf(callerOf(request)), reason });
    },
  );
};

async function productNamed({ tenant }: Pick<Licenseflow, 'tenant'>, ref: string): Promise<SkuSeats> {
  const wanted = ref.toLowerCase();
  const product = (await tenant.seats()).find(({ skuId, skuPartNumber }) =>
    [skuId, skuPartNumber].some((name) => name.toLowerCase() === wanted),
  );
  if (product !== undefined) return product;
  throw new ApiProblem(404, 'UNKNOWN_SKU', 'The tenant does not own this product.', 'See GET /api/v1/seats');
}
