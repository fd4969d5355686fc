/** The audit trail: who asked, decided and why, and what was changed; searched, exported, verified. */
import { Readable } from 'node:stream';
import { z } from 'zod';
import { auditCsv, auditNdjson } from '../client/index.js';
import type { AuditFilter, AuditVerdict } from '../contracts/audit.js';
import type { AuditEntry } from '../domain/audit.js';
import { AUDIT_KINDS } from '../domain/audit.js';
import { userRef } from './common.js';
import { ApiProblem } from './problem.js';
import type { Routes } from './route.js';
import { permitted } from './route.js';
import { answer, anyText, instant, listOf, pageOf, paging, part, parts, repeated } from './schema.js';

const TAGS = ['audit'];
const SHA_256 = /^[0-9a-f]{64}$/;

const AuditEntrySchema = answer<AuditEntry>('AuditEntry', 'Something that happened, in its place in the chain.', {
  number: z.number().int(),
  id: anyText,
  tenant: anyText,
  source: anyText.meta({ description: 'The workflow that told it.' }),
  seq: z.number().int().meta({ description: 'Its place among the entries of its source.' }),
  kind: z.enum(AUDIT_KINDS),
  at: instant,
  recordedAt: instant,
  subject: part<AuditEntry['subject']>('Whose licences it is about.').nullable(),
  actor: part<AuditEntry['actor']>('Who did it; `null` for licenseflow itself, by its rules.').nullable(),
  reason: anyText.nullable(),
  digest: anyText.nullable().meta({ description: 'Of what was looked at or agreed to.' }),
  before: part<AuditEntry['before']>('Direct state of the touched products before it.').nullable(),
  after: part<AuditEntry['after']>('And after it.').nullable(),
  outcome: anyText.nullable(),
  graphRequestIds: listOf(anyText),
  details: part('More that belongs to this kind.'),
  previous: anyText.meta({ description: 'Digest of the entry before it.' }),
  hash: anyText.meta({ description: 'Digest of everything else in it.' }),
});

const AuditVerdictSchema = answer<AuditVerdict>('AuditVerdict', 'Whether the chain is whole.', {
  head: part('How far it goes, and the digest of its last entry. Kept elsewhere, it shows later what was cut off.'),
  problems: parts('Entries that were edited, taken out, added or moved, and heads that the chain does not have.'),
});

const Filter = z.strictObject({
  ...paging,
  person: userRef.optional().meta({ description: 'Whose licences it is about.' }),
  actor: userRef.optional().meta({ description: 'Who did it.' }),
  requestId: z.string().min(1).max(200).optional(),
  campaignId: z.string().min(1).max(200).optional(),
  kind: repeated(z.enum(AUDIT_KINDS)).optional(),
  since: instant.optional(),
  until: instant.optional(),
});

export const auditRoutes: Routes = (api, { licenseflow }) => {
  const { audit } = licenseflow;

  api.get(
    '/audit',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'searchAudit', tags: TAGS, summary: 'Entries of the audit trail, the newest first' },
        querystring: Filter,
        response: { 200: pageOf('AuditPage', AuditEntrySchema) },
      },
    },
    async ({ query: { limit, cursor = null, ...filter } }) => {
      const { rows, next } = await audit.page(filterOf(filter), { size: limit, cursor });
      return { items: rows, next };
    },
  );

  api.get(
    '/audit/export',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'exportAudit', tags: TAGS },
        summary: 'The whole audit trail with its head, as a line of JSON each or as CSV',
        querystring: z.strictObject({ format: z.enum(['ndjson', 'csv']).default('ndjson') }),
        response: {
          200: {
            description: 'The file.',
            content: { 'text/csv': { schema: anyText }, 'application/x-ndjson': { schema: anyText } },
          },
        },
      },
    },
    async ({ query: { format } }, reply) => {
      const trail = await audit.whole();
      void reply
        .header('content-disposition', `attachment; filename="audit.${format}"`)
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson');
      return reply.send(Readable.from(format === 'csv' ? auditCsv(trail) : auditNdjson(trail)) as unknown as string);
    },
  );

  api.get(
    '/audit/verification',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'verifyAudit', tags: TAGS },
        summary: 'Whether the audit trail is whole, against a head that was kept elsewhere',
        querystring: z.strictObject({
          entries: z.coerce.number().int().min(0).optional(),
          hash: z.string().regex(SHA_256).optional(),
        }),
        response: { 200: AuditVerdictSchema },
      },
    },
    async ({ query: { entries, hash } }) => {
      if ((entries === undefined) !== (hash === undefined))
        throw new ApiProblem(400, 'HALF_A_HEAD', 'A head is a number of entries and a hash.', 'Give both, or neither.');
      if (entries === undefined || hash === undefined) return audit.verify();
      return audit.verify([{ tenant: await licenseflow.tenant.id(), entries, hash }]);
    },
  );
};

type Given = Omit<z.output<typeof Filter>, 'limit' | 'cursor'>;

function filterOf({ person, actor, requestId, campaignId, kind, since, until }: Given): AuditFilter {
  return {
    ...(person !== undefined && { person }),
    ...(actor !== undefined && { actor }),
    ...(requestId !== undefined && { requestId }),
    ...(campaignId !== undefined && { campaignId }),
    ...(kind !== undefined && { kinds: kind }),
    ...(since !== undefined && { since: utc(since) }),
    ...(until !== undefined && { until: utc(until) }),
  };
}

function utc(instantGiven: string): string {
  return new Date(instantGiven).toISOString();
}
