/** One run of one command: what it was given, and what it works with. */
import type { Command } from 'commander';
import type { Audit } from '../client/audit.js';
import type { Campaigns } from '../client/campaigns.js';
import type { LicenseRequests } from '../client/license-requests.js';
import type { Licenseflow } from '../client/index.js';
import type { RequestBatches } from '../client/request-batches.js';
import type { SeatPools } from '../client/seat-pools.js';
import type { TenantQuestions } from '../client/tenant-questions.js';
import type { ExitCode } from './exit-codes.js';
import type { Output, TextStream } from './output.js';
import type { TemporalServer } from './temporal-server.js';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: true;
  readonly plain?: true;
  /** False after `--no-color`. */
  readonly color: boolean;
  readonly verbose?: true;
  /** False after `--no-input`. */
  readonly input: boolean;
  readonly config?: string;
  readonly profile?: string;
  readonly address?: string;
  readonly namespace?: string;
  readonly taskQueue?: string;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** The client library as the commands use it. */
export interface LicenseflowCalls {
  readonly requests: Pick<LicenseRequests, keyof LicenseRequests>;
  readonly batches: Pick<RequestBatches, keyof RequestBatches>;
  readonly campaigns: Pick<Campaigns, keyof Campaigns>;
  readonly tenant: Pick<TenantQuestions, keyof TenantQuestions>;
  readonly seats: Pick<SeatPools, keyof SeatPools>;
  readonly audit: Pick<Audit, keyof Audit>;
  readonly list: Licenseflow['list'];
  readonly inbox: Licenseflow['inbox'];
  readonly who: Licenseflow['who'];
}

/** Where the commands go. */
export interface Place {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** What named the place, for people. */
  readonly source: string;
}

/** An open connection. */
export interface Session {
  readonly place: Place;
  /** Ids of the keys that payloads are encrypted with, the current one first; `null` where they are not. */
  readonly encryptionKeys: readonly string[] | null;
  readonly licenseflow: LicenseflowCalls;
  readonly server: TemporalServer;
  close(): Promise<void>;
}

/** What the commands need of the process around them. */
export interface CliDependencies {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Emits `SIGINT`. */
  readonly signals: Pick<NodeJS.EventEmitter, 'once' | 'off'>;
  /** @default the zone of this machine */
  readonly timeZone?: string;
  /** @throws LicenseflowError `unreachable`, or an error of the configuration. */
  openSession(options: GlobalOptions, deps: CliDependencies): Promise<Session>;
  /** Ends the process at once, also where work that was given up would keep it alive. */
  exit(code: ExitCode): never;
}

export interface Invocation {
  readonly deps: CliDependencies;
  readonly global: GlobalOptions;
  readonly out: Output;
  /** Opened at the first call, and closed when the command ends. */
  readonly session: () => Promise<Session>;
}

/** Does the work of a command and says how it ended. */
export type Handler<Options, Args extends readonly unknown[] = []> = (
  invocation: Invocation,
  options: Options,
  ...args: Args
) => Promise<ExitCode>;

/** Makes a handler the action of a command. It is loaded when the command runs, so that help is there at once. */
export type Bind = <Options, Args extends readonly unknown[]>(
  command: Command,
  load: () => Promise<Handler<Options, Args>>,
) => void;
