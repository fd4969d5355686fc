/**
 * Why a path gives a person no licence, or not all of it: `licenseAssignmentState.error`. Such errors come from group
 * licensing mostly, which nobody watches; a direct assignment is refused at once instead.
 */

export interface PathError {
  /** Graph's word, such as `CountViolation`. */
  readonly error: string;
  /** One sentence, ready to be read out. */
  readonly meaning: string;
  /** What to do next, as an instruction. */
  readonly remedy: string;
}

const PROCESS_AGAIN = 'then reprocess the person on the licences page of the group or of the user.';

/** The value set of the documentation, and the service that adds a word one day. */
const PATH_ERRORS: Readonly<Record<string, Omit<PathError, 'error'>>> = {
  CountViolation: {
    meaning: 'No seat of the product was free.',
    remedy: `Buy or free a seat, ${PROCESS_AGAIN}`,
  },
  MutuallyExclusiveViolation: {
    meaning: 'A service of the product excludes one that the person has already.',
    remedy: `Switch one of the two services off, in the group or in the other licence, ${PROCESS_AGAIN}`,
  },
  DependencyViolation: {
    meaning: 'A service of the product needs another service that is off or missing on this path.',
    remedy: `Switch on or add what it needs on the same path (a group has to bring it along itself), ${PROCESS_AGAIN}`,
  },
  ProhibitedInUsageLocationViolation: {
    meaning: 'A service of the product is not offered in the usage location of the person, or there is none.',
    remedy: `Set the usage location, or switch the service off, ${PROCESS_AGAIN}`,
  },
  UniquenessViolation: {
    meaning: 'A proxy address of the person is in use by somebody else.',
    remedy: `Remove the address from one of the two (Exchange lists who has it), ${PROCESS_AGAIN}`,
  },
};

const OTHER = {
  meaning: 'The directory could not assign the product and gives no reason of its own.',
  remedy:
    'Reprocess the person on the licences page of the group or of the user; the audit log says what Graph answers.',
};

/** What an error of a path means. A word that is not known counts as `Other`. */
export function pathError(error: string): PathError {
  const known = Object.hasOwn(PATH_ERRORS, error) ? PATH_ERRORS[error] : undefined;
  return { error, ...(known ?? OTHER) };
}
