/** Keys, and the workflow bundle that goes with encryption, made when the first test asks for it. */
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { createDataConverter, FAILURE_CONVERTER_PATH } from '../../src/codec/data-converter.js';
import { KeyRing } from '../../src/codec/key-ring.js';
import type { EncryptionKeys } from '../../src/codec/key-text.js';
import { WORKFLOW_INTERCEPTORS } from '../../src/worker/workflow-code.js';

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

export function encryptedWorkflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  return (bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)),
    failureConverterPath: FAILURE_CONVERTER_PATH,
    workflowInterceptorModules: WORKFLOW_INTERCEPTORS,
    logger: new DefaultLogger('ERROR'),
  }));
}

export async function dataConverterWith(...keys: EncryptionKeys): Promise<DataConverter> {
  return createDataConverter(await KeyRing.open(() => Promise.resolve(keys), { askAgainMs: 0 }));
}
