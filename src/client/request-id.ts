import { randomInt } from 'node:crypto';

/** No vowels, so that no words come about, and nothing that looks like something else. */
const ALPHABET = '23456789bcdfghjkmnpqrstvwxz';
const LENGTH = 6;

/** A new request id that sorts by day and can be read out, such as `lr-20260301-k7m3q9`. */
export function newRequestId(now: Date): string {
  return newId('lr', now);
}

/** The same for a campaign, such as `lc-20260301-k7m3q9`. */
export function newCampaignId(now: Date): string {
  return newId('lc', now);
}

function newId(kind: string, now: Date): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '');
  const random = Array.from({ length: LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  return `${kind}-${day}-${random}`;
}
