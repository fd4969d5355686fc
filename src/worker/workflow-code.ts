import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';

/** What a worker needs to know its workflows by. */
export type WorkflowCode = Pick<WorkerOptions, 'workflowBundle'> | Pick<WorkerOptions, 'workflowsPath'>;

/** The bundle that was made with the build; in a checkout, the sources, which the SDK bundles at the start. */
export function ownWorkflowCode(): WorkflowCode {
  return import.meta.url.endsWith('.ts')
    ? { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) }
    : { workflowBundle: { codePath: fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)) } };
}
