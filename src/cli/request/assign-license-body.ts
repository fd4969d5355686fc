/** A change as the JSON body of Graph's `assignLicense`, the form of the examples on Microsoft's page on user: assignLicense. */
import { z } from 'zod';
import { usageError } from '../error-report.js';
import type { CliDependencies } from '../invocation.js';
import { readSource } from './source.js';
import type { Wish } from './wish.js';

const List = { error: 'must be a list; an empty one is written []' };
const Guid = z.guid({ error: 'is no GUID (8-4-4-4-12 hexadecimal digits)' });
/** Both arrays are required, as Graph requires them (error E10). */
const Body = z
  .strictObject({
    addLicenses: z.array(z.strictObject({ skuId: Guid, disabledPlans: z.array(Guid, List).default([]) }), List),
    removeLicenses: z.array(Guid, List),
  })
  .superRefine(({ addLicenses, removeLicenses }, context) => {
    const skus = [...addLicenses.map(({ skuId }) => skuId), ...removeLicenses].map((skuId) => skuId.toLowerCase());
    const say = (message: string) => context.addIssue({ code: 'custom', message });
    if (skus.length === 0) say('addLicenses and removeLicenses are both empty');
    for (const skuId of new Set(skus.filter((skuId, i) => skus.indexOf(skuId) < i)))
      say(`${skuId} is named more than once: each product is added or removed, once`);
  });

/**
 * @param file `-` is stdin.
 * @throws LicenseflowError `invalid` with every mistake at once.
 */
export async function readAssignLicenseBody(file: string, deps: Pick<CliDependencies, 'stdin' | 'cwd'>): Promise<Wish> {
  return assignLicenseWish(await readSource(file, deps), file === '-' ? 'stdin' : file);
}

/** @param source names the text in errors. */
export function assignLicenseWish(json: string, source: string): Wish {
  const checked = Body.safeParse(parsed(json, source));
  if (checked.success) {
    const { addLicenses, removeLicenses } = checked.data;
    return {
      add: addLicenses.map(({ skuId, disabledPlans }) => ({ sku: skuId, disabledPlans })),
      remove: removeLicenses,
    };
  }
  const mistakes = checked.error.issues.map(({ path, message }) => `  - ${[keyPath(path), message].join(' ').trim()}`);
  throw usageError(
    [`The body in ${source} is not one of assignLicense:`, ...mistakes].join('\n'),
    'It looks like {"addLicenses":[{"skuId":"…","disabledPlans":[]}],"removeLicenses":[]}',
  );
}

function parsed(json: string, source: string): unknown {
  try {
    // An editor on Windows may have put a byte order mark in front.
    return JSON.parse(json.replace(/^\uFEFF/u, ''));
  } catch (error) {
    throw usageError(`The body in ${source} is no JSON: ${(error as Error).message}.`, 'Check brackets and commas.');
  }
}

/** `addLicenses[0].skuId` */
function keyPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (all, step) => (typeof step === 'number' ? `${all}[${step}]` : `${all === '' ? '' : `${all}.`}${String(step)}`),
    '',
  );
}
