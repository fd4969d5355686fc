/** What is looked for, as the conditions of a query. */
import type { AuditFilter } from '../contracts/audit.js';
import { campaignWorkflowId } from '../contracts/campaign.js';
import { licenseRequestWorkflowId } from '../contracts/license-request.js';
import { licenseRollbackWorkflowId } from '../contracts/license-rollback.js';

export interface Conditions {
  readonly where: string;
  readonly values: unknown[];
}

export function conditionsOf(tenant: string, filter: AuditFilter): Conditions {
  const values: unknown[] = [tenant];
  const value = (one: unknown) => `$${values.push(one)}`;
  const { person, actor, requestId, campaignId, kinds, withoutUsers, since, until } = filter;
  const where = ['tenant = $1'];
  if (person !== undefined) where.push(named('subject', value(person.trim().toLowerCase())));
  if (actor !== undefined) where.push(named('actor', value(actor.trim().toLowerCase())));
  if (requestId !== undefined)
    where.push(
      `source in (${value(licenseRequestWorkflowId(requestId))}, ${value(licenseRollbackWorkflowId(requestId))})`,
    );
  if (campaignId !== undefined) where.push(ofCampaign(value(campaignWorkflowId(campaignId))));
  if (kinds !== undefined)
    where.push(`kind in (select json_array_elements_text(${value(JSON.stringify(kinds))}::json))`);
  if (withoutUsers === true) where.push(`kind <> ${value('campaign.user')}`);
  if (since !== undefined) where.push(`at >= ${value(comparable(since))}`);
  if (until !== undefined) where.push(`at < ${value(comparable(until))}`);
  return { where: where.join(' and '), values };
}

/** Instants are compared as texts, and a year of more than four digits begins with a sign. */
function comparable(instant: string): string {
  return instant.startsWith('+') ? '9999-12-31T23:59:59.999Z' : instant;
}

/** Ids and names are compared in lower case; a name is no id, so one of the two columns has it. */
function named(who: 'subject' | 'actor', value: string): string {
  return `(${who}_id = ${value} or ${who}_upn = ${value})`;
}

/** Its own entries and those of its pages. An id of a campaign has no `/`. */
function ofCampaign(source: string): string {
  return `(source = ${source} or starts_with(source, ${source} || '/page/'))`;
}
