/**
 * What a bare script would do: for each user a read, one `assignLicense`, and a read-back, so many users at a time over
 * kept connections. No retry, no record, no way to stop it.
 */
import { Agent, request } from 'node:https';
import { SKU } from '../../src/simulator/seed/sku-ids.js';

interface License {
  readonly skuId: string;
  readonly disabledPlans: readonly string[];
}

export interface ScriptOptions {
  readonly graphUrl: string;
  readonly token: string;
  readonly users: readonly string[];
  readonly atOnce: number;
}

/** @returns milliseconds that it took. */
export async function threeCallsPerUser({ graphUrl, token, users, atOnce }: ScriptOptions): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> =>
    send(agent, `${graphUrl}/v1.0${path}`, method, token, body);
  const licensesOf = async (user: string): Promise<readonly License[]> => {
    const read = await call('GET', `/users/${user}?$select=id,assignedLicenses,licenseAssignmentStates`);
    return (read as { assignedLicenses: readonly License[] }).assignedLicenses;
  };
  const move = async (user: string): Promise<void> => {
    const held = (await licensesOf(user)).find(({ skuId }) => skuId === SKU.ENTERPRISEPACK);
    if (held === undefined) throw new Error(`${user} holds no Office 365 E3.`);
    await call('POST', `/users/${user}/assignLicense`, {
      addLicenses: [{ skuId: SKU.ENTERPRISEPREMIUM, disabledPlans: [] }],
      removeLicenses: [SKU.ENTERPRISEPACK],
    });
    const after = await licensesOf(user);
    if (!after.some(({ skuId }) => skuId === SKU.ENTERPRISEPREMIUM)) throw new Error(`${user} was not moved.`);
  };
  const rest = users.values();
  const lane = async (): Promise<void> => {
    for (const user of rest) await move(user);
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: atOnce }, lane));
  const ms = performance.now() - started;
  agent.destroy();
  return ms;
}

function send(agent: Agent, url: string, method: string, token: string, body: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('error', reject);
      response.on('end', () => {
        if ((response.statusCode ?? 0) < 400) resolve(JSON.parse(text));
        else reject(new Error(`${method} ${url} answered ${response.statusCode}: ${text}`));
      });
    });
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}
