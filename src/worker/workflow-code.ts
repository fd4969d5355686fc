import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';

const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'));

/** What a worker needs to know its workflows by. */
export type WorkflowCode =
  Pick<WorkerOptions, 'workflowBundle'> | Pick<WorkerOptions, 'workflowsPath' | 'interceptors'>;

/** Interceptors inside of workflows; a bundle has them in it. */
export const WORKFLOW_INTERCEPTORS = [beside('../workflows/query-guard')];

/**
 * The bundle that was made with the build; in a checkout, the sources, which the SDK bundles at the start.
 *
 * @param encrypted whether payloads are encrypted. The sandbox has a failure converter of its own, which is part of the
 * bundle, and without encryption messages of failures are to be read in the Temporal UI as they are.
 */
export function ownWorkflowCode(encrypted: boolean): WorkflowCode {
  if (EXTENSION === '.ts')
    return { workflowsPath: beside('../workflows/index'), interceptors: { workflowModules: WORKFLOW_INTERCEPTORS } };
  const bundle = encrypted ? '../workflow-bundle-encrypted.js' : '../workflow-bundle.js';
  return { workflowBundle: { codePath: fileURLToPath(new URL(bundle, import.meta.url)) } };
}

function beside(module: string): string {
  return fileURLToPath(new URL(module + EXTENSION, import.meta.url));
}
