import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CredentialConfig } from '../../src/graph/credentials.js';
import { createCredential } from '../../src/graph/credentials.js';
import { certificate } from './certificate.js';
import type { ScriptedGraph } from './scripted-graph.js';
import { scriptedGraph, TENANT_ID, token } from './scripted-graph.js';

const CLIENT_ID = '11111111-2222-4333-8444-555555555555';

describe('credentials', () => {
  let graph: ScriptedGraph;
  let folder: string;
  const environment = { ...process.env };

  beforeEach(async () => {
    graph = await scriptedGraph();
    folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  });

  afterEach(async () => {
    process.env = { ...environment };
    await graph[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  /** Signs in and returns the access token, and what the token endpoint was sent. */
  async function signIn(config: CredentialConfig): Promise<{ accessToken: string | undefined; form: URLSearchParams }> {
    const credential = createCredential(config, { cloud: graph.cloud, tenantId: TENANT_ID });
    const answer = await credential.getToken([graph.cloud.scope]);
    return { accessToken: answer?.token, form: new URLSearchParams(graph.signIns.at(-1)?.body) };
  }

  it('a client secret', async () => {
    const { accessToken, form } = await signIn({
      kind: 'client-secret',
      clientId: CLIENT_ID,
      clientSecret: 'p&ss=wörd',
    });
    assert.equal(accessToken, 'opaque-token');
    assert.equal(form.get('client_id'), CLIENT_ID);
    assert.equal(form.get('client_secret'), 'p&ss=wörd');
    assert.ok(form.get('scope')?.split(' ').includes(`${graph.root}/.default`));
    assert.ok(graph.signIns[0]?.url.startsWith(`/${TENANT_ID}/oauth2/v2.0/token`));
  });

  it('a certificate, which signs and never leaves', async () => {
    const { pem, der } = await certificate();
    const certificatePath = join(folder, 'app.pem');
    await writeFile(certificatePath, pem);
    const { accessToken, form } = await signIn({ kind: 'client-certificate', clientId: CLIENT_ID, certificatePath });
    assert.equal(accessToken, 'opaque-token');
    const header = readPart(form.get('client_assertion') ?? '', 0);
    const thumbprint = createHash('sha256').update(der).digest('base64url');
    assert.equal(header['x5t#S256'], thumbprint);
    assert.equal(readPart(form.get('client_assertion') ?? '', 1)['iss'], CLIENT_ID);
    assert.doesNotMatch([...form.values()].join(), /PRIVATE KEY/);
  });

  it('a workload identity, whose token file may be rotated', async () => {
    const tokenFilePath = join(folder, 'token');
    await writeFile(tokenFilePath, 'first-assertion');
    const config = { kind: 'workload-identity', clientId: CLIENT_ID, tokenFilePath } as const;
    assert.equal((await signIn(config)).form.get('client_assertion'), 'first-assertion');
    await writeFile(tokenFilePath, 'second-assertion');
    assert.equal((await signIn(config)).form.get('client_assertion'), 'second-assertion');
  });

  it('a workload identity from the environment, as its webhook sets it', async () => {
    const tokenFilePath = join(folder, 'token');
    await writeFile(tokenFilePath, 'assertion');
    process.env['AZURE_CLIENT_ID'] = CLIENT_ID;
    process.env['AZURE_FEDERATED_TOKEN_FILE'] = tokenFilePath;
    const { form } = await signIn({ kind: 'workload-identity' });
    assert.deepEqual([form.get('client_id'), form.get('client_assertion')], [CLIENT_ID, 'assertion']);
  });

  it("a managed identity: the machine's own, or one of several", async () => {
    const asked: (string | undefined)[] = [];
    const service = createServer((request, response) => {
      asked.push(request.url);
      const body = { access_token: 'from-the-machine', expires_on: '4102444800', resource: 'x', token_type: 'Bearer' };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    try {
      // The identity service of App Service, the one kind whose address can be given. The library keeps the first one.
      process.env['IDENTITY_ENDPOINT'] = `http://127.0.0.1:${(service.address() as AddressInfo).port}/msi/token`;
      process.env['IDENTITY_HEADER'] = 'header-secret';
      for (const config of [{ kind: 'managed-identity' }, { kind: 'managed-identity', clientId: CLIENT_ID }] as const) {
        assert.equal((await signIn(config)).accessToken, 'from-the-machine');
        const query = new URL(asked.at(-1) ?? '', 'http://x').searchParams;
        assert.equal(query.get('client_id'), 'clientId' in config ? CLIENT_ID : null);
        assert.equal(query.get('resource'), graph.root);
      }
    } finally {
      await new Promise((resolve) => service.close(resolve));
    }
  });

  it('whatever the environment offers', async () => {
    process.env['AZURE_TENANT_ID'] = TENANT_ID;
    process.env['AZURE_CLIENT_ID'] = CLIENT_ID;
    process.env['AZURE_CLIENT_SECRET'] = 'from-the-environment';
    process.env['AZURE_TOKEN_CREDENTIALS'] = 'EnvironmentCredential';
    const { accessToken, form } = await signIn({ kind: 'default' });
    assert.equal(accessToken, 'opaque-token');
    assert.equal(form.get('client_secret'), 'from-the-environment');
  });

  it('a failed sign-in is not repeated by the library', async () => {
    graph.signIn = () => ({ status: 503, body: { error: 'temporarily_unavailable', error_description: 'Busy.' } });
    await assert.rejects(signIn({ kind: 'client-secret', clientId: CLIENT_ID, clientSecret: 'x' }));
    assert.equal(graph.signIns.length, 1);
  });

  it('a token is kept until it runs out', async () => {
    const credential = createCredential(
      { kind: 'client-secret', clientId: CLIENT_ID, clientSecret: 'x' },
      { cloud: graph.cloud, tenantId: TENANT_ID },
    );
    graph.signIn = () => token(`token-${graph.signIns.length}`);
    const tokens = [await credential.getToken([graph.cloud.scope]), await credential.getToken([graph.cloud.scope])];
    assert.deepEqual(
      tokens.map((answer) => answer?.token),
      ['token-1', 'token-1'],
    );
  });
});

function readPart(assertion: string, index: 0 | 1): Readonly<Record<string, unknown>> {
  const part = assertion.split('.')[index] ?? '';
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Readonly<Record<string, unknown>>;
}
