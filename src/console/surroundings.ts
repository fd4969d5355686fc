/** What belongs beside a plan, and is no reason to show none where it cannot be had now. */
import type { RequestView } from '../contracts/license-request.js';
import type { Surroundings } from './plan-view.js';
import type { Visit } from './visit.js';

export async function surroundingsOf(
  { licenseflow: { tenant } }: Pick<Visit, 'licenseflow'>,
  { subject }: RequestView,
): Promise<Surroundings> {
  const [seats, held] = await Promise.all([
    orNull(tenant.seats()),
    subject === null ? null : orNull(tenant.licensesOf(subject.id)),
  ]);
  return { seats, held };
}

export function orNull<T>(answer: Promise<T>): Promise<T | null> {
  return answer.catch(() => null);
}
