/**
 * A program: the worker of a stack. It finds out from the simulator which tenant and application there are, and takes
 * from its surroundings nothing that leads to a real tenant.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { loadConfig } from '../config/config.js';
import { ControlClient, ControlError, type TenantDescription } from '../simulator/control-client.js';
import { startWorkerProcess } from '../worker/process.js';

const Surroundings = z.object({
  STACK_CONTROL_URL: z.url(),
  STACK_FOLDER: z.string(),
});

const { STACK_CONTROL_URL, STACK_FOLDER } = Surroundings.parse(process.env);
const config = await loadConfig({
  env: {
    ...withoutRealTenants(process.env),
    ...(await simulatedTenant(STACK_CONTROL_URL)),
    LICENSEFLOW_AUDIT_FOLDER: join(STACK_FOLDER, 'audit'),
  },
  // Where no configuration file of the operator's is found.
  workingFolder: STACK_FOLDER,
});
process.exit(await startWorkerProcess(config, { readyJson: true, exitWithParent: true }));

function withoutRealTenants(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const leadsOut = /^(LICENSEFLOW_(GRAPH_|NOTICES_|AUDIT_|CONFIG$)|AZURE_)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !leadsOut.test(name)));
}

async function simulatedTenant(controlUrl: string): Promise<Record<string, string>> {
  const control = new ControlClient(controlUrl);
  const { tenants, graphUrl, authorityHost } = await control.describe();
  const [tenant] = tenants;
  if (tenant === undefined) throw new Error('The simulator has no tenant.');
  const [application] = await control.run(tenant.id, 'applications');
  const secret = application?.secrets[0];
  if (application === undefined || secret === undefined)
    throw new Error(`No application with a secret is registered in the simulated tenant ${tenant.id}.`);
  return {
    LICENSEFLOW_GRAPH_URL: graphUrl,
    LICENSEFLOW_GRAPH_AUTHORITY_HOST: authorityHost,
    LICENSEFLOW_GRAPH_TENANT_ID: tenant.id,
    LICENSEFLOW_GRAPH_CLIENT_ID: application.appId,
    LICENSEFLOW_GRAPH_CLIENT_SECRET: secret,
    ...(await noticesFrom(control, tenant)),
  };
}

/** Mails of a simulated tenant go nowhere, and can be looked at. A tenant without this mailbox sends none. */
async function noticesFrom(
  control: ControlClient,
  { id, domains }: TenantDescription,
): Promise<Record<string, string>> {
  try {
    const mailbox = await control.run(id, 'user', { user: `info@${domains[0] ?? ''}` });
    return { LICENSEFLOW_NOTICES_MAIL_FROM: mailbox.userPrincipalName };
  } catch (error) {
    if (error instanceof ControlError) return {};
    throw error;
  }
}
