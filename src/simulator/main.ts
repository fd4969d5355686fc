/**
 * The simulator as a process of its own. Prints one line of JSON with all addresses on stdout as soon as it answers, and
 * ends on SIGTERM, on SIGINT, or with its parent when asked to.
 */
import { rename, writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { CONTOSO_TENANT_ID, SEED_APPLICATION, WEB_APPLICATION } from './seed/contoso.js';
import { startSimulator } from './simulator.js';

interface Flags {
  readonly port: number;
  readonly controlPort: number;
  readonly certDir: string;
  readonly state?: string;
  readonly users: number;
  readonly readyFile?: string;
  readonly exitWithParent?: true;
}

const flags = new Command('licenseflow-simulator')
  .description('A Microsoft Graph with a tenant full of people, on this machine')
  .option('--port <port>', 'port of Graph and sign-in on localhost; 0 takes a free one', wholeNumber, 0)
  .option('--control-port <port>', 'port of the control surface on 127.0.0.1; 0 takes a free one', wholeNumber, 0)
  .requiredOption('--cert-dir <folder>', 'where the TLS certificate is, or is to be made')
  .option('--state <file>', 'file in which the tenants survive the end of this process')
  .option('--users <count>', 'users of the Contoso tenant beside the named ones', wholeNumber, 0)
  .option('--ready-file <file>', 'also write the line of addresses to this file')
  .option('--exit-with-parent', 'end when stdin closes')
  .parse()
  .opts<Flags>();

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function complain(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
}

async function main(): Promise<void> {
  const simulator = await startSimulator({
    certDir: flags.certDir,
    port: flags.port,
    controlPort: flags.controlPort,
    stateFile: flags.state,
    users: flags.users,
    saveFailed: complain,
  });
  let ending: Promise<void> | undefined;
  const end = (): void => {
    ending ??= simulator.close().then(
      () => process.exit(0),
      (error: unknown) => {
        complain(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  if (flags.exitWithParent) process.stdin.on('close', end).on('end', end).resume();
  const { graphUrl, authorityHost, controlUrl, caFile } = simulator;
  const line = `${JSON.stringify({
    ready: true,
    pid: process.pid,
    graphUrl,
    authorityHost,
    controlUrl,
    caFile,
    tenantId: CONTOSO_TENANT_ID,
    clientId: SEED_APPLICATION.appId,
    clientSecret: SEED_APPLICATION.secrets[0],
    web: { clientId: WEB_APPLICATION.appId, clientSecret: WEB_APPLICATION.secrets[0] },
  })}\n`;
  if (flags.readyFile !== undefined) await writeWhole(flags.readyFile, line);
  process.stdout.write(line);
}

/** Whoever waits for the file finds it complete. */
async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.draft`, text);
  await rename(`${file}.draft`, file);
}

main().catch((error: unknown) => {
  complain(error);
  process.exitCode = 1;
});
