/**
 * A Microsoft Graph on this machine: tenants with people, licences and quotas behind HTTPS, the sign-in endpoints in
 * front of them, and a control surface for whoever plays fate.
 */
import type { AddressInfo } from 'node:net';
import { Authority } from './authority/authority.js';
import type { Claims } from './authority/signing-key.js';
import { ensureCertificate } from './certificate.js';
import { createControlServer, type ControlledSimulator } from './control/control-server.js';
import { GraphEndpoint } from './graph/endpoint.js';
import { createHttpsServer, type Endpoints } from './https-server.js';
import { CONTOSO_TENANT_ID } from './seed/contoso.js';
import { loadState, StateSaver } from './state-file.js';
import type { OptionsPatch } from './tenant-options.js';
import { TenantRegistry, type NewTenant } from './tenant-registry.js';
import { TokenEndpoint } from './token-endpoint.js';

export type { NewTenant } from './tenant-registry.js';

/** How to start a simulator. */
export interface SimulatorOptions {
  /** Folder of the TLS certificate, made on first use. */
  readonly certDir: string;
  /** Port of Graph and sign-in; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** Port of the control surface on 127.0.0.1; 0 takes a free one. @default 0 */
  readonly controlPort?: number;
  /** File in which the tenants survive; without it they end with the simulator. */
  readonly stateFile?: string | undefined;
  /** Users of the first tenant beside the named ones. @default 0 */
  readonly users?: number | undefined;
  /** Options of the first tenant. */
  readonly tenantOptions?: OptionsPatch | undefined;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  /** Milliseconds after a change until it is saved. @default 500 */
  readonly saveDelayMs?: number;
  /** Told when the state cannot be saved; the simulator goes on. @default throws */
  readonly saveFailed?: (error: unknown) => void;
}

/** A running simulator. */
export interface Simulator extends ControlledSimulator {
  /** Root of the control surface: `http://127.0.0.1:8444`. */
  readonly controlUrl: string;
  /** A token with any claims, signed with the key of the sign-in service: for whoever plays an attacker. */
  signToken(claims: Claims): Promise<string>;
  /** Saves what is to be saved and ends every connection. */
  close(): Promise<void>;
}

/**
 * Starts a simulator with the Contoso tenant, or with the tenants of its state file.
 *
 * @throws Error where a port is taken or the state file is damaged.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const now = options.now ?? Date.now;
  const known = options.stateFile === undefined ? undefined : await loadState(options.stateFile);
  const certificate = await ensureCertificate(options.certDir);
  const closing = new AbortController();

  // Tokens name the address that the server gets when it listens, so it listens before there is anything behind it.
  let endpoints: Endpoints | undefined = undefined;
  const https = await createHttpsServer(certificate, () => endpoints);
  await https.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  const graphUrl = `https://localhost:${portOf(https.server.address())}`;

  const tenants = new TenantRegistry({
    now,
    graphUrl,
    authorityHost: graphUrl,
    changed: () => saver?.changed(),
  });
  const saver = stateSaver(options, tenants);
  if (known) tenants.restore(known);
  else {
    const { users, tenantOptions } = options;
    await tenants.create({ id: CONTOSO_TENANT_ID, users, options: tenantOptions });
  }
  const authority = new Authority(graphUrl, now);
  const signIn = { authority, tenant: (name: string) => tenants.find(name) };
  let signInUrl = graphUrl;
  endpoints = {
    signIn,
    graph: new GraphEndpoint({
      tenant: (id) => tenants.byId(id),
      now,
      isAudience: (audience) => AUDIENCES.has(audience) || audience === graphUrl,
      closing: closing.signal,
    }),
    token: new TokenEndpoint({
      tenant: (name) => tenants.find(name),
      authority,
      authorityHost: graphUrl,
      signInUrl: () => signInUrl,
      now,
      closing: closing.signal,
    }),
  };

  const simulator = {
    graphUrl,
    authorityHost: graphUrl,
    caFile: certificate.caFile,
    createTenant: (wanted?: NewTenant) => tenants.create(wanted),
    tenant: (idOrDomain?: string) => tenants.named(idOrDomain),
    tenants: () => tenants.all(),
    resetTenant: (id: string) => tenants.reset(id),
  };
  const control = createControlServer(simulator, signIn);
  await control.listen({ host: '127.0.0.1', port: options.controlPort ?? 0 });
  const controlUrl = `http://127.0.0.1:${portOf(control.server.address())}`;
  signInUrl = controlUrl;
  const close = async (): Promise<void> => {
    closing.abort();
    await Promise.all([https.close(), control.close()]);
    tenants.close();
    await saver?.flush();
  };
  return { ...simulator, controlUrl, signToken: (claims) => authority.sign(claims), close };
}

function stateSaver(options: SimulatorOptions, tenants: TenantRegistry): StateSaver | undefined {
  if (options.stateFile === undefined) return undefined;
  return new StateSaver(options.stateFile, () => tenants.state(), {
    delayMs: options.saveDelayMs ?? 500,
    failed: options.saveFailed ?? rethrow,
  });
}

function rethrow(error: unknown): never {
  throw error;
}

/** Audiences of tokens for Graph that are taken beside the simulator's own address. */
const AUDIENCES: ReadonlySet<string> = new Set(['https://graph.microsoft.com', 'https://graph.microsoft.com/']);

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}
