/**
 * A program: stands where a stack's worker stands. Connects to Temporal as its environment says, asks the simulated Graph
 * for its sign-in document, and reports what it saw in its ready line. With the argument `crash` it fails instead.
 */
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { whenParentGone } from '../../../src/worker/parent-gone.js';

if (process.argv.includes('crash')) throw new Error('no policy file');

const { connectionOptions, namespace = '' } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
await connection.workflowService.describeNamespace({ namespace });
await connection.close();
const graph = await fetch(`${process.env['GRAPH_URL']}/v1.0/subscribedSkus`);
const temporalVariables = Object.keys(process.env).filter((name) => name.startsWith('TEMPORAL_'));
console.log(JSON.stringify({ ready: true }));
console.log(
  `saw ${JSON.stringify({ address: connectionOptions.address, namespace, graphStatus: graph.status, temporalVariables })}`,
);
whenParentGone(() => process.exit(0));
