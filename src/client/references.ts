/** Whether a text can name a user or a product at all; what the directory makes of it is another question. */
import { GUID } from '../domain/license.js';

const USER = /^[^\s@"]+@[^\s@"]+\.[^\s@"]+$/u;
const LOOKS_LIKE_GUID = /^\{?[0-9a-f]{6,}-[0-9a-f-]{12,}\}?$/i;

/** What is wrong with it as an object id or a user principal name; `null` where nothing is. */
export function userRefProblem(ref: string): string | null {
  if (USER.test(ref) || GUID.test(ref)) return null;
  return LOOKS_LIKE_GUID.test(ref)
    ? 'An object id is a GUID: 8-4-4-4-12 hexadecimal digits.'
    : 'Give a user principal name (AdeleV@contoso.com) or an object id.';
}

/** What is wrong with it as a part number or a skuId; `null` where nothing is. */
export function skuRefProblem(sku: string): string | null {
  if (sku === '' || /[\t\r\n]/u.test(sku)) return 'Give a part number (SPE_E3) or a skuId.';
  return LOOKS_LIKE_GUID.test(sku) && !GUID.test(sku) ? 'A skuId is a GUID: 8-4-4-4-12 hexadecimal digits.' : null;
}
