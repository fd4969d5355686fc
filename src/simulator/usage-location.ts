const REGION_NAMES = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** Whether `value` is a two-letter country code that exists (ISO 3166-1 alpha-2), in capital letters. */
export function isUsageLocation(value: string): boolean {
  return /^[A-Z]{2}$/.test(value) && REGION_NAMES.of(value) !== undefined;
}
