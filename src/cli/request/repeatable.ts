import { LicenseflowError } from '../../client/licenseflow-error.js';

/** A call that got lost may have been recorded: whoever repeats it with the same id asks for nothing twice. */
export async function repeatable<T>(givenId: string | undefined, id: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const lost = error instanceof LicenseflowError && (error.kind === 'unanswered' || error.kind === 'unreachable');
    if (!lost || givenId !== undefined) throw error;
    const { kind, code, message, remedy } = error;
    const safe = `To ask again without asking twice, add: --id ${id}`;
    throw new LicenseflowError(kind, code, message, `${remedy}\n${safe}`, { cause: error });
  }
}
