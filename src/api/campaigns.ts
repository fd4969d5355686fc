/** Campaigns: plan, look, steer, take back, export. */
import { Readable, Transform } from 'node:stream';
import { z } from 'zod';
import type { CampaignUser, CampaignUserFilter, CommandOptions } from '../client/index.js';
import { campaignCsv, FAILED_STATES, readCampaignCsv } from '../client/index.js';
import type { CommandView } from '../contracts/campaign.js';
import type { Remainder } from '../contracts/campaign-reads.js';
import { FAILURE_CODES } from '../domain/failures.js';
import { actorOf } from '../sign-in/access.js';
import { campaignEvents } from './campaign-events.js';
import {
  CampaignRowSchema,
  CampaignSchema,
  campaignId,
  campaignState,
  CampaignUserSchema,
  campaignWish,
  CommandSchema,
  ErrorGroupSchema,
  FileCampaignQuery,
  NewDirectoryCampaign,
  optionsOf,
  PreviewSchema,
  rollbackScope,
  Tuning,
  userState,
} from './campaign-schemas.js';
import { digest, idempotencyKey, reason } from './common.js';
import { ApiProblem } from './problem.js';
import type { Api, ApiOptions, Routes } from './route.js';
import { callerOf, permitted } from './route.js';
import { answer, anyText, flag, listOf, pageOf, paging, parts, repeated, text } from './schema.js';

const Params = z.strictObject({ id: campaignId });
const TAGS = ['campaigns'];

const RemainderSchema = answer<Remainder>('Remainder', 'Who is in the source now and in no page of the campaign.', {
  users: parts('People.'),
  more: z.number().int(),
});

export const campaignRoutes: Routes = (api, options) => {
  looking(api, options);
  planning(api, options);
  commanding(api, options);
  campaignEvents(api, options);
};

// --- looking ----------------------------------------------------------------------------------------------------------

function looking(api: Api, { licenseflow: { campaigns } }: ApiOptions): void {
  api.get(
    '/campaigns',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'listCampaigns', tags: TAGS, summary: 'Campaigns, the newest first' },
        querystring: z.strictObject({
          state: campaignState.optional(),
          all: flag.optional().meta({ description: 'Also those that are over.' }),
          ...paging,
        }),
        response: { 200: pageOf('CampaignPage', CampaignRowSchema) },
      },
    },
    async (request) => {
      const { limit, cursor = null, state, all } = request.query;
      const filter = { ...(state !== undefined && { state }), ...(all !== undefined && { all }) };
      const { rows, next } = await campaigns.page(filter, { size: limit, cursor });
      return { items: rows, next };
    },
  );

  api.get(
    '/campaigns/:id',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'getCampaign', tags: TAGS, summary: 'One campaign: plan, waves, figures, commands' },
        ...{ params: Params, response: { 200: CampaignSchema } },
      },
    },
    async (request) => campaigns.view(request.params.id),
  );

  api.get(
    '/campaigns/:id/signatures',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'campaignSignatures', tags: TAGS, summary: 'What happens to whom, in dozens of rows' },
        ...{ params: Params, response: { 200: z.looseObject({ items: parts('A signature and its users.') }) } },
      },
    },
    async (request) => ({ items: await campaigns.signatures(request.params.id) }),
  );

  api.get(
    '/campaigns/:id/users',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'campaignUsers', tags: TAGS, summary: 'Users one by one, in the order of their source' },
        params: Params,
        querystring: z.strictObject({
          state: repeated(userState).optional(),
          code: repeated(text(60)).optional(),
          wave: repeated(z.coerce.number().int().min(0).max(1_000)).optional(),
          ...paging,
        }),
        response: { 200: pageOf('CampaignUserPage', CampaignUserSchema) },
      },
    },
    async (request) => {
      const { limit, cursor = null, state, code, wave } = request.query;
      const filter: CampaignUserFilter = {
        ...(state !== undefined && { states: state }),
        ...(code !== undefined && { codes: code }),
        ...(wave !== undefined && { waves: wave }),
      };
      const { rows, next } = await campaigns.usersPage(request.params.id, filter, { size: limit, cursor });
      return { items: rows, next };
    },
  );

  api.get(
    '/campaigns/:id/errors',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'campaignErrors', tags: TAGS, summary: 'What went wrong, grouped, with the remedies' },
        params: Params,
        querystring: z.strictObject({ state: repeated(userState).optional() }),
        response: { 200: z.looseObject({ items: listOf(ErrorGroupSchema) }) },
      },
    },
    async (request) => ({ items: await campaigns.errors(request.params.id, request.query.state ?? FAILED_STATES) }),
  );

  api.get(
    '/campaigns/:id/next-wave',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'nextWave', tags: TAGS, summary: 'The wave whose turn comes next; null where none is left' },
        ...{ params: Params, response: { 200: z.looseObject({ wave: z.number().int().nullable() }) } },
      },
    },
    async (request) => ({ wave: await campaigns.nextWave(request.params.id) }),
  );

  api.get(
    '/campaigns/:id/remainder',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'campaignRemainder', tags: TAGS },
        summary: 'Who has joined the source in the directory since the plan',
        params: Params,
        response: { 200: RemainderSchema },
      },
    },
    async (request) => campaigns.remainder(request.params.id),
  );

  api.get(
    '/campaigns/:id/export',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'exportCampaign', tags: TAGS },
        summary: 'Every user with before, after and outcome, as CSV or a line of JSON each',
        params: Params,
        querystring: z.strictObject({
          format: z.enum(['csv', 'ndjson']).default('csv'),
          failed: flag.optional().meta({ description: 'Only those that did not get what was wanted.' }),
        }),
        response: {
          200: {
            description: 'The file.',
            content: { 'text/csv': { schema: anyText }, 'application/x-ndjson': { schema: anyText } },
          },
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { format, failed } = request.query;
      // Asked first: once the file has begun, nothing can be said any more.
      const view = await campaigns.view(id);
      const users = campaigns.users(id, failed === true ? { states: FAILED_STATES } : {});
      const lines = format === 'csv' ? campaignCsv(users, view) : jsonLines(users);
      void reply
        .header('content-disposition', `attachment; filename="${id}.${format}"`)
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson');
      return reply.send(Readable.from(lines) as unknown as string);
    },
  );
}

async function* jsonLines(users: AsyncIterable<CampaignUser>): AsyncGenerator<string> {
  for await (const user of users) yield `${JSON.stringify(user)}\n`;
}

// --- planning ---------------------------------------------------------------------------------------------------------

function planning(api: Api, { licenseflow: { campaigns }, limits }: ApiOptions): void {
  api.put(
    '/campaigns/:id',
    {
      config: permitted('operate'),
      schema: {
        ...{ operationId: 'planCampaign', tags: TAGS, summary: 'Plans a campaign for users of the directory' },
        description: 'Writes nothing to the tenant. The same campaign again joins the first one.',
        ...{ params: Params, body: NewDirectoryCampaign, response: { 200: CampaignSchema } },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { title = id, source, wish, options } = request.body;
      const campaign = {
        ...{ campaignId: id, title, options: optionsOf(options) },
        source: { ...source, wish: campaignWish(wish) },
      };
      return campaigns.plan(campaign, actorOf(callerOf(request)));
    },
  );

  api.put(
    '/campaigns/:id/file',
    {
      config: permitted('operate'),
      bodyLimit: limits.uploadBytes,
      // The file is read as it comes, and by rules of its own.
      validatorCompiler: ({ schema, httpPart }) =>
        httpPart === 'body' ? (data: unknown) => ({ value: data }) : zodValidator(schema as unknown as z.ZodType),
      schema: {
        ...{ operationId: 'planCampaignFromFile', tags: TAGS, summary: 'Plans a campaign for the users of a CSV file' },
        description:
          'Columns: user, and where wanted add, remove, disabledPlans, enabledPlans, keepPlans, losing, wave, note. It is taken whole or not at all. Writes nothing to the tenant.',
        consumes: ['text/csv'],
        ...{ params: Params, querystring: FileCampaignQuery },
        body: anyText.meta({ description: 'The file.' }),
        response: { 200: CampaignSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { title = id, fileName, wish, options } = request.query;
      const upload = (request.body as unknown) instanceof Readable ? (request.body as unknown as Readable) : null;
      if (upload === null) throw noFile();
      const source = await readCampaignCsv(limited(upload, limits.uploadBytes), {
        name: fileName,
        wish: wish === undefined ? { add: [], remove: [] } : campaignWish(wish),
      });
      const campaign = { campaignId: id, title, source, options: optionsOf(options) };
      return campaigns.plan(campaign, actorOf(callerOf(request)));
    },
  );
}

function zodValidator(schema: z.ZodType) {
  return (data: unknown) => {
    const { data: value, error } = schema.safeParse(data);
    return error === undefined ? { value } : { error };
  };
}

/** The bytes, and an end where there are too many. */
function limited(upload: Readable, bytesMax: number): Readable {
  let bytes = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > bytesMax) done(tooLarge(bytesMax));
      else done(null, chunk);
    },
  });
  upload.once('error', (error) => counter.destroy(error));
  return upload.pipe(counter);
}

function tooLarge(bytesMax: number): ApiProblem {
  return new ApiProblem(
    413,
    'TOO_LARGE',
    `The file is larger than ${String(Math.floor(bytesMax / 1_048_576))} MB. Nothing was planned.`,
    'Split it into several campaigns.',
  );
}

function noFile(): ApiProblem {
  return new ApiProblem(415, 'UNSUPPORTED_FORMAT', 'This is no CSV file.', 'Send it as text/csv.');
}

// --- commanding -------------------------------------------------------------------------------------------------------

/** What each command takes beside a reason. */
const COMMANDS = {
  start: { summary: 'Starts the campaign with the plan that was looked at', body: { plan: digest } },
  confirm: { summary: 'Agrees as a second person, where the policy wants one', body: { plan: digest } },
  pause: { summary: 'Stops all writes that are not under way', body: {} },
  resume: {
    summary: 'Goes on; after a new plan with its digest',
    body: { plan: digest.optional() },
  },
  promote: { summary: 'Lets the next wave go', body: {} },
  tune: { summary: 'Changes rate, concurrency or budget', body: { tuning: z.strictObject(Tuning) } },
  retry: {
    summary: 'Tries users that failed once more',
    body: {
      codes: z
        .array(z.enum(FAILURE_CODES as [(typeof FAILURE_CODES)[number]]))
        .min(1)
        .optional(),
    },
  },
  cancel: { summary: 'Ends it: whose turn has not come is skipped', body: {} },
  replan: { summary: 'Plans users that were not written again', body: {} },
} as const;

const bodyOf = <T extends z.ZodRawShape>(shape: T) => z.strictObject({ ...shape, reason: reason.optional() });

function commanding(api: Api, { licenseflow: { campaigns } }: ApiOptions): void {
  const add = <T extends z.ZodRawShape>(
    kind: string,
    { summary, body }: { readonly summary: string; readonly body: T },
    send: (id: string, command: CommandOptions, body: z.output<ReturnType<typeof bodyOf<T>>>) => Promise<CommandView>,
  ) =>
    api.post(
      `/campaigns/:id/${kind}`,
      {
        config: permitted('operate'),
        schema: {
          ...{ operationId: `${kind}Campaign`, tags: TAGS, summary },
          description: 'It goes requested, draining, done; the campaign shows where it is.',
          ...{ headers: idempotencyKey, params: Params, body: bodyOf(body), response: { 202: CommandSchema } },
        },
      },
      async (request, reply) => {
        const given = request.body as z.output<ReturnType<typeof bodyOf<T>>> & { readonly reason?: string | undefined };
        const commandId = request.headers['idempotency-key'];
        const command = {
          actor: actorOf(callerOf(request)),
          ...(given.reason !== undefined && { reason: given.reason }),
          ...(commandId !== undefined && { commandId }),
        };
        return reply.code(202).send(await send(request.params.id, command, given));
      },
    );

  add('start', COMMANDS.start, (id, command, { plan }) => campaigns.start(id, { ...command, plan }));
  add('confirm', COMMANDS.confirm, (id, command, { plan }) => campaigns.confirm(id, { ...command, plan }));
  add('pause', COMMANDS.pause, (id, command) => campaigns.pause(id, command));
  add('resume', COMMANDS.resume, (id, command, { plan }) =>
    campaigns.resume(id, { ...command, ...(plan !== undefined && { plan }) }),
  );
  add('promote', COMMANDS.promote, (id, command) => campaigns.promote(id, command));
  add('tune', COMMANDS.tune, (id, command, { tuning }) => {
    const given = Object.entries(tuning).filter(([, value]) => value !== undefined);
    return campaigns.tune(id, { ...command, tuning: Object.fromEntries(given) });
  });
  add('retry', COMMANDS.retry, (id, command, { codes }) => campaigns.retry(id, { ...command, codes: codes ?? null }));
  add('cancel', COMMANDS.cancel, (id, command) => campaigns.cancel(id, command));
  add('replan', COMMANDS.replan, (id, command) => campaigns.replan(id, command));
  rollingBack(api, { campaigns });
}

function rollingBack(api: Api, { campaigns }: Pick<ApiOptions['licenseflow'], 'campaigns'>): void {
  api.post(
    '/campaigns/:id/roll-back',
    {
      config: permitted('operate'),
      schema: {
        ...{ operationId: 'rollBackCampaign', tags: TAGS, summary: 'Puts users back to what they held before' },
        ...{ headers: idempotencyKey, params: Params },
        body: z.strictObject({ of: rollbackScope, reason }),
        response: { 202: CommandSchema },
      },
    },
    async (request, reply) => {
      const { of, reason } = request.body;
      const commandId = request.headers['idempotency-key'];
      const command = { actor: actorOf(callerOf(request)), reason, ...(commandId !== undefined && { commandId }) };
      return reply.code(202).send(await campaigns.rollBack(request.params.id, { ...command, of }));
    },
  );

  api.post(
    '/campaigns/:id/roll-back/preview',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'previewRollback', tags: TAGS, summary: 'What a rollback would do to whom; changes nothing' },
        ...{ params: Params, body: z.strictObject({ of: rollbackScope }), response: { 200: PreviewSchema } },
      },
    },
    async (request) => campaigns.previewRollback(request.params.id, request.body.of),
  );
}
