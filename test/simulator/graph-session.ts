/** Speaks to a simulator over real HTTPS, trusting its authority and nothing else. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SEED_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { startSimulator, type NewTenant, type Simulator } from '../../src/simulator/simulator.js';
import type { Tenant } from '../../src/simulator/tenant.js';
import type { GraphJson } from './graph-json.js';
import { assertRequest, assertResponse } from './openapi.js';

/** The folder of the certificate that all test processes share. */
export const CERT_DIR = process.env['LICENSEFLOW_TEST_CERT_DIR'] ?? join(tmpdir(), 'licenseflow-test-certificate');

export interface Answer<Body = GraphJson> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Parsed JSON. Where the answer is none, this is `undefined`, whatever its type says. */
  readonly body: Body;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** `null` sends none. */
  readonly token?: string | null;
  /** For requests that are meant to be wrong. */
  readonly malformed?: boolean;
}

/** One tenant as a client sees it. */
export class GraphSession {
  private constructor(
    readonly simulator: Simulator,
    readonly tenant: Tenant,
    private readonly agent: Agent,
    readonly token: string,
  ) {}

  static async open(simulator: Simulator, wanted: NewTenant = {}): Promise<GraphSession> {
    const tenant = await simulator.createTenant(wanted);
    const agent = new Agent({ ca: readFileSync(simulator.caFile), keepAlive: true });
    return new GraphSession(simulator, tenant, agent, tenant.applicationToken(SEED_APPLICATION.appId));
  }

  get(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.call('GET', path, options);
  }

  post(path: string, body: unknown, options: CallOptions = {}): Promise<Answer> {
    return this.call('POST', path, { ...options, body });
  }

  assign(
    user: string,
    addLicenses: unknown[],
    removeLicenses: string[] = [],
    options: CallOptions = {},
  ): Promise<Answer> {
    return this.post(`/users/${encodeURIComponent(user)}/assignLicense`, { addLicenses, removeLicenses }, options);
  }

  /** The row of one SKU in `GET /subscribedSkus`. */
  async subscribedSku(skuId: string): Promise<GraphJson> {
    return present((await this.get('/subscribedSkus')).body.value.find((row) => row.skuId === skuId));
  }

  /** Calls Graph, and checks what is sent and what comes back against the description of the service. */
  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    if (options.body !== undefined && options.malformed !== true) assertRequest(method, path, options.body);
    const answer = await this.send(method, `${this.simulator.graphUrl}/v1.0${path}`, options);
    const isJson = String(answer.headers['content-type'] ?? '').startsWith('application/json');
    if (isJson && answer.text !== '') assertResponse(method, path, answer.status, answer.body);
    return answer;
  }

  /** Calls any address of the simulator, links from answers included. */
  send<Body = GraphJson>(method: string, url: string, options: CallOptions = {}): Promise<Answer<Body>> {
    const token = options.token === undefined ? this.token : options.token;
    const text =
      options.body === undefined || typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
    const headers = {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    };
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, headers, agent: this.agent }, (response) => {
        let received = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (received += part));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: received,
            body: parsed(received) as Body,
          });
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** @throws AssertionError where there is nothing. */
export function present<T>(value: T | undefined): T {
  assert.ok(value !== undefined, 'something is missing');
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A simulator for the tests of one file, with a tenant of its own for each test that asks. */
export function withSimulator(): (wanted?: NewTenant) => Promise<GraphSession> {
  let simulator: Simulator;
  const sessions: GraphSession[] = [];
  before(async () => {
    simulator = await startSimulator({ certDir: CERT_DIR });
  });
  after(async () => {
    for (const session of sessions) session.close();
    await simulator.close();
  });
  return async (wanted) => {
    const session = await GraphSession.open(simulator, wanted);
    sessions.push(session);
    return session;
  };
}
