/**
 * A program: API and console of a stack. It finds out from the simulator with which application people sign in, and takes
 * from its surroundings nothing that leads to a real tenant.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { loadApiConfig } from '../config/config.js';
import { ControlClient } from '../simulator/control-client.js';
import { startWebProcess } from '../web/process.js';

const Surroundings = z.object({
  STACK_CONTROL_URL: z.url(),
  STACK_FOLDER: z.string(),
});

const { STACK_CONTROL_URL, STACK_FOLDER } = Surroundings.parse(process.env);
const config = await loadApiConfig({
  env: { ...withoutRealTenants(process.env), ...(await simulatedAuthority(STACK_CONTROL_URL)) },
  // Where no configuration file of the operator's is found.
  workingFolder: STACK_FOLDER,
});
process.exit(await startWebProcess(config, { readyJson: true, exitWithParent: true }));

function withoutRealTenants(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const leadsOut = /^(LICENSEFLOW_(API_(?!LISTEN$|PUBLIC_URL$)|CONFIG$)|AZURE_)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !leadsOut.test(name)));
}

async function simulatedAuthority(controlUrl: string): Promise<Record<string, string>> {
  const control = new ControlClient(controlUrl);
  const { tenants, authorityHost } = await control.describe();
  const [tenant] = tenants;
  if (tenant === undefined) throw new Error('The simulator has no tenant.');
  const application = (await control.run(tenant.id, 'applications')).find(({ signIn }) => signIn !== undefined);
  const secret = application?.secrets[0];
  if (application === undefined || secret === undefined)
    throw new Error(`No application that people sign in to is registered in the simulated tenant ${tenant.id}.`);
  return {
    LICENSEFLOW_API_AUTHORITY_HOST: authorityHost,
    LICENSEFLOW_API_TENANT_ID: tenant.id,
    LICENSEFLOW_API_CLIENT_ID: application.appId,
    LICENSEFLOW_API_CLIENT_SECRET: secret,
    // Sessions end with the stack.
    LICENSEFLOW_API_SESSION_SECRET: randomBytes(48).toString('base64url'),
  };
}
