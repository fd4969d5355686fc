/**
 * Loaded by its path, in the process and in the workflow sandbox: messages and stack traces of failures travel as a
 * payload, which the codec then encrypts. The name of the export is the SDK's.
 */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
