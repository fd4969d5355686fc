import { runCommand } from './run-command.js';

/** What `temporal --version` says of itself, such as CLI 1.9.1 with server 1.32.0. */
export interface CliVersion {
  readonly cli: string;
  readonly server: string;
}

/** A Temporal CLI that has answered, and is new enough. */
export interface TemporalCli {
  readonly path: string;
  readonly version: CliVersion;
  /** How it was found, as a phrase for people. */
  readonly origin: string;
}

/** Update-with-Start, priorities and worker deployments in the form that licenseflow uses begin with this server. */
export const MINIMUM_SERVER = '1.29.0';

/** A sound CLI answers in well under a second; a machine under load deserves patience. */
const ANSWER_WITHIN_MS = 20_000;

/** The CLI at hand works, but its server lacks what licenseflow needs. */
export class CliTooOld extends Error {
  override readonly name = 'CliTooOld';

  constructor(path: string, { cli, server }: CliVersion) {
    super(
      `${path} is Temporal CLI ${cli} with server ${server}, and licenseflow needs server ${MINIMUM_SERVER} or newer`,
    );
  }
}

/**
 * Asks the executable at `path` for its version.
 *
 * @throws CommandFailure when it does not run, Error when what answers is not a Temporal CLI, {@link CliTooOld}.
 */
export async function checkCli(path: string, origin: string, signal?: AbortSignal): Promise<TemporalCli> {
  const answer = await runCommand(path, ['--version'], { env: process.env, timeoutMs: ANSWER_WITHIN_MS, signal });
  const version = parseCliVersion(answer);
  if (version === null) throw new Error(`${path} does not answer --version as a Temporal CLI does`);
  if (isOlder(version.server, MINIMUM_SERVER)) throw new CliTooOld(path, version);
  return { path, version, origin };
}

/** Reads `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)`; `null` for anything else. */
export function parseCliVersion(answer: string): CliVersion | null {
  const match = /^temporal version (\S+) \(server (\d+\.\d+\.\d+)/i.exec(answer.trim());
  const [, cli, server] = match ?? [];
  return cli === undefined || server === undefined ? null : { cli, server };
}

function isOlder(version: string, minimum: string): boolean {
  return version.localeCompare(minimum, 'en', { numeric: true }) < 0;
}
