/**
 * Typed search attributes, within what an SQL visibility store offers (10 Keyword, 3 each of the others). They hold
 * states, object ids and times only, never a name or an address, because no codec encrypts them.
 */
import { defineSearchAttributeKey } from '@temporalio/common';

/** State of a request ({@link RequestState}). */
export const LICENSE_STATE = defineSearchAttributeKey('LicenseState', 'KEYWORD');
/** Object id of who asked. */
export const LICENSE_REQUESTER = defineSearchAttributeKey('LicenseRequester', 'KEYWORD');
/** Object id of who is licensed. */
export const LICENSE_SUBJECT = defineSearchAttributeKey('LicenseSubject', 'KEYWORD');
/** Touched skuIds. */
export const LICENSE_SKUS = defineSearchAttributeKey('LicenseSkus', 'KEYWORD_LIST');
/** Object ids of approvers who are asked now and have not decided; see {@link approversAttribute}. */
export const LICENSE_APPROVERS = defineSearchAttributeKey('LicenseApprovers', 'KEYWORD_LIST');
/** When the current wait ends by itself. */
export const LICENSE_DUE_AT = defineSearchAttributeKey('LicenseDueAt', 'DATETIME');
/** Id of the batch that a request was submitted in. */
export const LICENSE_BATCH = defineSearchAttributeKey('LicenseBatch', 'KEYWORD');
/** A person has to look: something could not be undone, or a repair is waited for. */
export const NEEDS_ATTENTION = defineSearchAttributeKey('NeedsAttention', 'BOOL');

export const SEARCH_ATTRIBUTES = [
  LICENSE_STATE,
  LICENSE_REQUESTER,
  LICENSE_SUBJECT,
  LICENSE_SKUS,
  LICENSE_APPROVERS,
  LICENSE_DUE_AT,
  LICENSE_BATCH,
  NEEDS_ATTENTION,
] as const;

/**
 * Ids that one list attribute may hold. A value over 2,048 bytes makes the server terminate the workflow; 40 GUIDs of 36
 * characters stay below.
 */
export const LIST_ATTRIBUTE_MAX = 40;

/** Stands in {@link LICENSE_APPROVERS} for more people than it holds; whoever looks for one of them asks the request. */
export const MANY_APPROVERS = 'many';

export function approversAttribute(ids: readonly string[]): string[] {
  return ids.length > LIST_ATTRIBUTE_MAX ? [...ids.slice(0, LIST_ATTRIBUTE_MAX - 1), MANY_APPROVERS] : [...ids];
}

/** Cuts a list of ids to what an attribute can carry. The full list stays in the workflow's view. */
export function listAttribute(ids: readonly string[]): string[] {
  return ids.slice(0, LIST_ATTRIBUTE_MAX);
}
