import type { Policy } from '../domain/policy.js';
import type { ActivityDependencies } from './dependencies.js';
import { PolicyError } from './dependencies.js';

/**
 * The policy, or `null` where its file cannot be used: a slip in the file must not hold up what was accepted already, and
 * then the careful defaults count.
 */
export async function policyOrNull(policy: ActivityDependencies['policy']): Promise<Policy | null> {
  try {
    return await policy();
  } catch (error) {
    if (error instanceof PolicyError) return null;
    throw error;
  }
}
