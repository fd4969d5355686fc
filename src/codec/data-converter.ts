import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { EncryptionCodec } from './encryption-codec.js';
import type { KeyRing } from './key-ring.js';

/** For the bundler of workflows that are to run with encryption. */
export const FAILURE_CONVERTER_PATH = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './failure-converter.ts' : './failure-converter.js', import.meta.url),
);

/**
 * The one data converter of clients and workers alike.
 *
 * @param ring `null` where encryption is off: what is encrypted is then refused by name.
 */
export function createDataConverter(ring: KeyRing | null): DataConverter {
  return {
    payloadCodecs: [new EncryptionCodec(ring)],
    ...(ring !== null && { failureConverterPath: FAILURE_CONVERTER_PATH }),
  };
}
