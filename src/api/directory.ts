/** Who somebody is, what can be asked for, and what a person holds. */
import { z } from 'zod';
import type { Who } from '../client/index.js';
import type { CatalogEntry } from '../contracts/tenant.js';
import { may, maySeePerson, PERMITTED } from '../sign-in/access.js';
import type { Permission } from '../sign-in/access.js';
import { PersonSchema, PriceSchema, userRef } from './common.js';
import type { Routes } from './route.js';
import { callerOf, permitted, roleMissing } from './route.js';
import { answer, anyText, listOf, part, parts } from './schema.js';

const CatalogEntrySchema = answer<CatalogEntry>('CatalogEntry', 'One product that can be asked for.', {
  skuId: anyText,
  skuPartNumber: anyText,
  name: anyText,
  need: anyText.nullable().meta({ description: 'What it is good for.' }),
  free: z.number().int(),
  seatWaitMs: z.number(),
  decides: listOf(anyText).meta({ description: 'Who decides, one phrase a stage.' }),
  autoApproved: listOf(anyText),
  term: anyText.nullable(),
  monthlyPrice: PriceSchema.nullable(),
});

const WhoSchema = answer<Who>('Who', 'A person with all licences, requests and campaigns.', {
  person: PersonSchema,
  accountEnabled: z.boolean(),
  userType: z.enum(['Member', 'Guest']),
  usageLocation: anyText.nullable(),
  department: anyText.nullable(),
  jobTitle: anyText.nullable(),
  products: parts('Products on every path, with their services.'),
  findings: parts('What is not as it should be, each with what to do.'),
  requests: part('Open requests, and the newest that have ended.'),
  campaigns: part('Open campaigns that the person is in.'),
});

export const directoryRoutes: Routes = (api, { licenseflow }) => {
  api.get(
    '/me',
    {
      config: permitted('look'),
      schema: {
        ...{ operationId: 'me', tags: ['directory'], summary: 'Who is signed in, and what they may do' },
        response: {
          200: z.looseObject({
            ...{ id: anyText, userPrincipalName: anyText, displayName: anyText },
            roles: z.array(anyText),
            may: z.array(anyText),
          }),
        },
      },
    },
    async (request) => {
      const who = callerOf(request);
      const allowed = (Object.keys(PERMITTED) as Permission[]).filter((permission) => may(who, permission));
      return { ...who, roles: [...who.roles], may: allowed };
    },
  );

  api.get(
    '/catalog',
    {
      config: permitted('look'),
      schema: {
        ...{ operationId: 'catalog', tags: ['directory'], summary: 'What can be asked for' },
        response: { 200: z.looseObject({ items: listOf(CatalogEntrySchema) }) },
      },
    },
    async () => ({ items: await licenseflow.tenant.catalog() }),
  );

  api.get(
    '/people/:ref',
    {
      config: permitted('look'),
      schema: {
        ...{ operationId: 'who', tags: ['directory'] },
        summary: 'What a person holds, on which path, and what is wrong with it',
        description:
          '`me`, an object id, a user principal name, or the beginning of a name; of others for those who read everything.',
        ...{ params: z.strictObject({ ref: userRef }), response: { 200: WhoSchema } },
      },
    },
    async (request) => {
      const who = callerOf(request);
      const ref = request.params.ref === 'me' ? who.id : request.params.ref;
      if (!maySeePerson(ref, who)) throw roleMissing('readAll');
      return licenseflow.who(ref);
    },
  );
};
