import type { z } from 'zod';
import { GraphFailure } from './gateway.js';
import { shortened } from './raw-text.js';
import type { Answer } from './transport.js';

/**
 * The body of a successful answer in the shape that is needed.
 *
 * @throws {@link GraphFailure} `UNCLASSIFIED` where it is not JSON or lacks something that must be known: it says which
 * field, never its value, because values name people.
 */
export function decoded<T>(shape: z.ZodType<T>, answer: Pick<Answer, 'body' | 'requestId' | 'status'>): T {
  const read = shape.safeParse(jsonOf(answer));
  if (read.success) return read.data;
  const problems = read.error.issues.map((issue) => `${issue.path.join('.') || 'answer'}: ${issue.message}`);
  throw notUnderstood(answer, problems.join('; '));
}

function jsonOf(answer: Pick<Answer, 'body' | 'requestId' | 'status'>): unknown {
  try {
    return JSON.parse(answer.body);
  } catch {
    throw notUnderstood(answer, 'the body is not JSON');
  }
}

function notUnderstood({ requestId, status }: Pick<Answer, 'requestId' | 'status'>, problem: string): GraphFailure {
  return new GraphFailure({
    code: 'UNCLASSIFIED',
    message: shortened(`Microsoft Graph answered ${status} with something that cannot be read: ${problem}.`),
    requestId,
    status,
  });
}
