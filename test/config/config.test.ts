import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { z } from 'zod';
import { api } from '../../src/config/api.js';
import { ConfigError } from '../../src/config/config-error.js';
import { configSchema } from '../../src/config/config-schema.js';
import type { ConfigSources } from '../../src/config/config.js';
import { loadClientConfig, loadConfig } from '../../src/config/config.js';
import { credential } from '../../src/config/credential.js';
import { SETTINGS } from '../../src/config/settings.js';
import { DEFAULT_TASK_QUEUE } from '../../src/contracts/task-queues.js';
import { CLOUD_NAMES } from '../../src/graph/clouds.js';
import { DEFAULT_WRITE_PACE } from '../../src/graph/pacing.js';

const TENANT = 'f97aeefc-af85-414d-8ae4-b457f90efc40';
const CLIENT = '3fbd929d-8c56-4462-851e-0eb9a7b3a2a5';
const SECRET = 'aB3~the-client-secret';
/** The least that a worker needs. */
const ENV = {
  LICENSEFLOW_GRAPH_TENANT_ID: TENANT,
  LICENSEFLOW_GRAPH_CLIENT_ID: CLIENT,
  LICENSEFLOW_GRAPH_CLIENT_SECRET: SECRET,
  LICENSEFLOW_POLICY_FILE: '/etc/policy.yaml',
};

describe('configuration', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'config-'));
  });
  after(() => rm(folder, { recursive: true }));

  const load = (sources: ConfigSources) => loadConfig({ workingFolder: folder, env: {}, ...sources });

  /** Loads with a file of this content. */
  async function withFile(text: string, sources: ConfigSources = {}) {
    const configFile = path.join(folder, 'c.yaml');
    await writeFile(configFile, text);
    return load({ configFile, ...sources });
  }

  it('from variables alone has the defaults', async () => {
    assert.deepEqual(await load({ env: ENV }), {
      temporal: { taskQueue: DEFAULT_TASK_QUEUE },
      graph: {
        tenantId: TENANT,
        cloud: { kind: 'national', name: 'global' },
        credential: { kind: 'client-secret', clientId: CLIENT, clientSecret: SECRET },
        timeoutMs: 30_000,
        writeShare: DEFAULT_WRITE_PACE.share,
        writesInFlightMax: DEFAULT_WRITE_PACE.inFlightMax,
      },
      policy: { file: '/etc/policy.yaml' },
      notices: { mail: null, webhook: null, teams: null },
      audit: { url: undefined, folder: undefined },
      worker: { workflowTasks: 40, readActivities: 100, cachedWorkflows: 500, shutdownGraceMs: 60_000 },
      encryption: { kind: 'off' },
      metrics: { listen: null },
      log: { level: 'info' },
    });
  });

  it('of the examples is complete, with paths beside the file', async () => {
    const examples = path.resolve(import.meta.dirname, '../../examples');
    const configFile = path.join(examples, 'licenseflow.yaml');
    await assert.rejects(load({ configFile }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(
        error.problems.map(({ text }) => text),
        [`There is no file ${path.join(examples, 'graph-client-secret')}. Create it, or correct the path.`],
      );
      return true;
    });
    const clientSecretFile = path.join(folder, 'secret');
    await writeFile(clientSecretFile, `${SECRET}\r\n`);
    const config = await load({ configFile, env: { LICENSEFLOW_GRAPH_CLIENT_SECRET_FILE: clientSecretFile } });
    assert.equal(config.policy.file, path.join(examples, 'policy.yaml'));
    assert.deepEqual(config.graph.credential, {
      kind: 'client-secret',
      clientId: '00000000-0000-0000-0000-000000000000',
      clientSecret: SECRET,
    });
  });

  it('knows each setting once, and has a variable for each key', () => {
    const { graph, notices, api: _others, ...others } = configSchema.shape;
    const channels = shapeOf(notices.def.innerType);
    const keys = [
      ...Object.entries(others).flatMap(([name, section]) => {
        const inner = 'innerType' in section.def ? section.def.innerType : section;
        return Object.keys(shapeOf(inner)).map((key) => `${name}.${key}`);
      }),
      ...Object.keys(shapeOf(api)).map((key) => `api.${key}`),
      ...Object.keys(shapeOf(graph)).flatMap((key) => (key === 'credential' ? [] : [`graph.${key}`])),
      ...Object.keys(shapeOf(credential)).map((key) => `graph.credential.${key}`),
      ...Object.entries(channels).flatMap(([name, channel]) =>
        Object.keys(shapeOf((channel as z.ZodOptional<z.ZodType>).def.innerType)).map(
          (key) => `notices.${name}.${key}`,
        ),
      ),
    ];
    assert.deepEqual(SETTINGS.map(({ key }) => key).sort(), keys.sort());
    assert.equal(new Set(SETTINGS.map(({ env }) => env)).size, SETTINGS.length);
  });

  it('knows the clouds of the Graph client', async () => {
    for (const name of CLOUD_NAMES) {
      const config = await load({ env: { ...ENV, LICENSEFLOW_GRAPH_CLOUD: name } });
      assert.deepEqual(config.graph.cloud, { kind: 'national', name });
    }
  });

  it('keeps the audit trail in a database or in a folder, not in both', async () => {
    const url = 'postgres://keeper:hush@db.example.com:5432/audit';
    assert.deepEqual((await load({ env: { ...ENV, LICENSEFLOW_AUDIT_URL: url } })).audit, { url, folder: undefined });
    const both = { ...ENV, LICENSEFLOW_AUDIT_URL: url, LICENSEFLOW_AUDIT_FOLDER: folder };
    const error: unknown = await load({ env: both }).catch((reason: unknown) => reason);
    assert.ok(error instanceof ConfigError);
    assert.deepEqual(
      error.problems.map(({ at }) => at),
      ['audit.folder (LICENSEFLOW_AUDIT_FOLDER)'],
    );
    assert.doesNotMatch(error.message, /hush/);
  });

  describe('of notices', () => {
    const ADDRESS = 'https://hooks.example.com/in?sig=zQ~sig';
    const SIGNING = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

    it('takes addresses and secrets from files beside the configuration, or from variables', async () => {
      await writeFile(path.join(folder, 'url'), `${ADDRESS}\n`);
      await writeFile(path.join(folder, 'signing'), `${SIGNING}\n`);
      const text =
        'notices: { mail: { from: licences@contoso.com }, webhook: { urlFile: url, secretFile: signing }, teams: { urlFile: url } }';
      const expected = {
        mail: { from: 'licences@contoso.com' },
        webhook: { url: ADDRESS, secret: SIGNING },
        teams: { url: ADDRESS },
      };
      assert.deepEqual((await withFile(text, { env: ENV })).notices, expected);
      const env = {
        ...ENV,
        LICENSEFLOW_NOTICES_MAIL_FROM: 'licences@contoso.com',
        LICENSEFLOW_NOTICES_WEBHOOK_URL: ADDRESS,
        LICENSEFLOW_NOTICES_WEBHOOK_SECRET: SIGNING,
        LICENSEFLOW_NOTICES_TEAMS_URL: ADDRESS,
      };
      assert.deepEqual((await load({ env })).notices, expected);
    });

    it('is refused where half of a webhook is missing, the address is open, or the secret is none, and tells neither', async () => {
      const problemsOf = async (env: Record<string, string>) => {
        const error: unknown = await load({ env: { ...ENV, ...env } }).catch((reason: unknown) => reason);
        assert.ok(error instanceof ConfigError);
        assert.doesNotMatch(error.message, /zQ~/);
        return error.problems.map(({ at }) => at);
      };
      assert.deepEqual(await problemsOf({ LICENSEFLOW_NOTICES_WEBHOOK_URL: ADDRESS }), ['notices.webhook.secretFile']);
      assert.deepEqual(await problemsOf({ LICENSEFLOW_NOTICES_TEAMS_URL: 'http://hooks.example.com/zQ~' }), [
        'notices.teams.url (LICENSEFLOW_NOTICES_TEAMS_URL)',
      ]);
      assert.deepEqual(
        await problemsOf({ LICENSEFLOW_NOTICES_WEBHOOK_URL: ADDRESS, LICENSEFLOW_NOTICES_WEBHOOK_SECRET: 'whsec_zQ~' }),
        ['notices.webhook.secret (LICENSEFLOW_NOTICES_WEBHOOK_SECRET)'],
      );
      assert.deepEqual(await problemsOf({ LICENSEFLOW_NOTICES_MAIL_FORM: 'x' }), ['LICENSEFLOW_NOTICES_MAIL_FORM']);
    });

    it('takes an open address of this machine', async () => {
      const env = { ...ENV, LICENSEFLOW_NOTICES_TEAMS_URL: 'http://127.0.0.1:8080/hook' };
      assert.deepEqual((await load({ env })).notices.teams, { url: 'http://127.0.0.1:8080/hook' });
    });

    it('must not stand in the file that is copied and committed', async () => {
      await assert.rejects(
        withFile(`notices: { teams: { url: "${ADDRESS}" } }`, { env: ENV }),
        /notices\.teams\.url .*must not stand here.*name that file with notices\.teams\.urlFile/,
      );
    });
  });

  it('of a process that only talks to Temporal needs no credentials, and does not mind wrong ones', async () => {
    const configFile = path.join(folder, 'client.yaml');
    await writeFile(configFile, 'graph: { tenantId: 5 }\ntemporal: { namespace: n }\n');
    const config = await loadClientConfig({ configFile, env: {}, workingFolder: folder });
    assert.deepEqual(config, {
      temporal: { namespace: 'n', taskQueue: 'licenseflow' },
      encryption: { kind: 'off' },
      log: { level: 'info' },
    });
    assert.deepEqual(await loadClientConfig({ env: {}, workingFolder: folder }), {
      temporal: { taskQueue: 'licenseflow' },
      encryption: { kind: 'off' },
      log: { level: 'info' },
    });
  });

  describe('precedence', () => {
    /** The namespace, given in every way up to the `n`-th from below. */
    const ways: [name: string, sources: (file: string) => ConfigSources][] = [
      ['the file', (configFile) => ({ configFile })],
      ['a variable of the Temporal tools', () => ({ env: { ...ENV, TEMPORAL_NAMESPACE: 'shared' } })],
      [
        'a variable of its own',
        () => ({ env: { ...ENV, TEMPORAL_NAMESPACE: 'shared', LICENSEFLOW_TEMPORAL_NAMESPACE: 'own' } }),
      ],
      [
        'an option',
        () => ({
          env: { ...ENV, TEMPORAL_NAMESPACE: 'shared', LICENSEFLOW_TEMPORAL_NAMESPACE: 'own' },
          flags: { 'temporal.namespace': 'option' },
        }),
      ],
    ];
    const expected = ['file', 'shared', 'own', 'option'];
    ways.forEach(([name, sources], i) =>
      it(`${name} gives ${expected[i] ?? ''}`, async () => {
        const configFile = path.join(folder, 'precedence.yaml');
        await writeFile(configFile, 'temporal: { namespace: file }\n');
        const config = await load({ env: ENV, ...sources(configFile), configFile });
        assert.equal(config.temporal.namespace, expected[i]);
      }),
    );

    it('variables of the Azure tools come last, and fill in only what fits', async () => {
      const AZURE = {
        AZURE_TENANT_ID: 'azure.example.com',
        AZURE_CLIENT_ID: 'azure-client',
        AZURE_CLIENT_SECRET: 'azure-secret',
        AZURE_CLIENT_CERTIFICATE_PATH: '/azure.pem',
        AZURE_FEDERATED_TOKEN_FILE: '/azure-token',
        LICENSEFLOW_POLICY_FILE: 'p.yaml',
      };
      const alone = await load({ env: AZURE });
      assert.equal(alone.graph.tenantId, 'azure.example.com');
      assert.equal(alone.policy.file, path.join(folder, 'p.yaml'));
      assert.deepEqual(alone.graph.credential, {
        kind: 'client-secret',
        clientId: 'azure-client',
        clientSecret: 'azure-secret',
      });
      const mixed = await withFile('graph: { tenantId: file.example.com, credential: { certificateFile: a.pem } }', {
        env: AZURE,
      });
      assert.equal(mixed.graph.tenantId, 'file.example.com');
      assert.deepEqual(mixed.graph.credential, {
        kind: 'client-certificate',
        clientId: 'azure-client',
        certificatePath: path.join(folder, 'a.pem'),
      });
      const workload = await load({ env: { ...AZURE, LICENSEFLOW_GRAPH_CREDENTIAL: 'workload-identity' } });
      assert.deepEqual(workload.graph.credential, {
        kind: 'workload-identity',
        clientId: 'azure-client',
        tokenFilePath: '/azure-token',
      });
      const machine = await load({ env: { ...AZURE, LICENSEFLOW_GRAPH_CREDENTIAL: 'managed-identity' } });
      assert.deepEqual(machine.graph.credential, { kind: 'managed-identity' });
    });

    it('the secret in a variable goes before the file that the configuration names', async () => {
      const config = await withFile('graph: { credential: { clientSecretFile: /nowhere } }', { env: ENV });
      assert.equal((config.graph.credential as { clientSecret?: string }).clientSecret, SECRET);
    });

    it('an empty variable counts as not set', async () => {
      const config = await load({ env: { ...ENV, LICENSEFLOW_GRAPH_CLOUD: '', TEMPORAL_NAMESPACE: '' } });
      assert.deepEqual(config.graph.cloud, { kind: 'national', name: 'global' });
      assert.equal(config.temporal.namespace, undefined);
    });

    it('the file of the working folder is used, and one that is named goes before it', async () => {
      const inFolder = path.join(folder, 'licenseflow.yaml');
      await writeFile(inFolder, 'log: { level: warn }\n');
      try {
        assert.equal((await load({ env: ENV })).log.level, 'warn');
        await writeFile(path.join(folder, 'other.yaml'), 'log: { level: error }\n');
        assert.equal((await load({ env: { ...ENV, LICENSEFLOW_CONFIG: 'other.yaml' } })).log.level, 'error');
      } finally {
        await rm(inFolder);
      }
    });
  });

  describe('is refused', () => {
    const REFUSED: [title: string, env: Record<string, string>, file: string | null, problems: string[]][] = [
      [
        'without anything, key by key',
        {},
        null,
        [
          'graph.tenantId: is missing. Give LICENSEFLOW_GRAPH_TENANT_ID or AZURE_TENANT_ID, or write it in licenseflow.yaml.',
          'graph.credential.kind: is missing. Nothing says how the application signs in. Give a client secret (clientSecretFile), a certificate (certificateFile) or a workload identity (federatedTokenFile); or set it to "managed-identity" or "default".',
          'policy.file: is missing. Give --policy or LICENSEFLOW_POLICY_FILE, or write it in licenseflow.yaml.',
        ],
      ],
      [
        'with numbers out of bounds, and says who gave them',
        { ...ENV, LICENSEFLOW_GRAPH_WRITE_SHARE: '2', LICENSEFLOW_WORKER_READ_ACTIVITIES: 'many' },
        'worker:\n  workflowTasks: 1.5\n',
        [
          'graph.writeShare (LICENSEFLOW_GRAPH_WRITE_SHARE): must be at most 1.',
          'worker.workflowTasks (c.yaml, line 2, column 3): must be a whole number.',
          'worker.readActivities (LICENSEFLOW_WORKER_READ_ACTIVITIES): must be a number.',
        ],
      ],
      [
        'with unknown keys and variables',
        { ...ENV, LICENSEFLOW_LOG_LEVL: 'info', LICENSEFLOW_CACHE: 'not a setting of ours' },
        'logs: {}\ntemporal: { adress: x }\n',
        [
          'LICENSEFLOW_LOG_LEVL: is not known. Did you mean LICENSEFLOW_LOG_LEVEL?',
          'temporal.adress (c.yaml, line 2, column 13): is not known. Did you mean "address"?',
          'logs (c.yaml, line 1, column 1): is not known. Did you mean "log"?',
        ],
      ],
      [
        'with an address that is a URL',
        { ...ENV, TEMPORAL_ADDRESS: 'http://localhost:7233' },
        null,
        ['temporal.address (TEMPORAL_ADDRESS): is not host:port. Write it such as localhost:7233, without http://.'],
      ],
      [
        'with several ways to sign in',
        { ...ENV, LICENSEFLOW_GRAPH_FEDERATED_TOKEN_FILE: 't' },
        null,
        [
          'graph.credential.kind (LICENSEFLOW_GRAPH_CLIENT_SECRET): is not clear: graph.credential.clientSecret and graph.credential.federatedTokenFile are given. Keep the settings of one way to sign in.',
        ],
      ],
      [
        'with a setting of another way to sign in',
        { ...ENV, LICENSEFLOW_GRAPH_CREDENTIAL: 'client-secret' },
        'graph: { credential: { certificateFile: a.pem } }\n',
        [
          'graph.credential.certificateFile (c.yaml, line 1, column 24): does not go with the credential "client-secret". Remove one of the two.',
        ],
      ],
      [
        'with a secret in the file',
        { ...ENV, LICENSEFLOW_GRAPH_CLIENT_SECRET: '' },
        `graph: { credential: { kind: client-secret, clientSecret: ${SECRET} } }\n`,
        [
          'graph.credential.clientSecret (c.yaml, line 1, column 45): must not stand here, where it is copied and committed. Put it into a file of its own and name that file with graph.credential.clientSecretFile, or set LICENSEFLOW_GRAPH_CLIENT_SECRET.',
        ],
      ],
      [
        'with a cloud and an address of its own',
        {
          ...ENV,
          LICENSEFLOW_GRAPH_CLOUD: 'china',
          LICENSEFLOW_GRAPH_URL: 'https://localhost:1',
          LICENSEFLOW_GRAPH_AUTHORITY_HOST: 'https://localhost:1',
        },
        null,
        [
          'graph.cloud (LICENSEFLOW_GRAPH_CLOUD): does not go with graphUrl and authorityHost. Remove one or the other.',
        ],
      ],
      [
        'with half a cloud',
        { ...ENV, LICENSEFLOW_GRAPH_URL: 'https://localhost:1' },
        null,
        ['graph.graphUrl (LICENSEFLOW_GRAPH_URL): needs an authorityHost to sign in at. Give both.'],
      ],
      [
        'with plain http',
        {
          ...ENV,
          LICENSEFLOW_GRAPH_URL: 'http://localhost:1',
          LICENSEFLOW_GRAPH_AUTHORITY_HOST: 'https://localhost:1/x',
        },
        null,
        [
          'graph.graphUrl (LICENSEFLOW_GRAPH_URL): is not an https address. Write https://host or https://host:port, without a path.',
          'graph.authorityHost (LICENSEFLOW_GRAPH_AUTHORITY_HOST): is not an https address. Write https://host or https://host:port, without a path.',
        ],
      ],
      [
        'as broken YAML, before anything else',
        {},
        'graph: { a: 1\n',
        [
          'c.yaml, line 2, column 1: The indentation does not fit the lines before. Indent keys of one level alike, and close brackets that were opened.',
        ],
      ],
    ];
    for (const [title, env, file, expected] of REFUSED)
      it(title, async () => {
        const loading = file === null ? load({ env }) : withFile(file, { env });
        await assert.rejects(loading, (error) => {
          assert.ok(error instanceof ConfigError, String(error));
          assert.deepEqual(
            error.problems.map(({ at, text }) => `${at}: ${text}`),
            expected,
          );
          return true;
        });
      });

    it('with a configuration file that is not there', async () => {
      const file = path.join(folder, 'none.yaml');
      await assert.rejects(load({ configFile: file, env: ENV }), /--config: There is no file .*none\.yaml\./);
      await assert.rejects(load({ env: { ...ENV, LICENSEFLOW_CONFIG: file } }), /LICENSEFLOW_CONFIG: There is no file/);
    });

    it('with an empty secret file', async () => {
      await writeFile(path.join(folder, 'empty'), '\n');
      const { LICENSEFLOW_GRAPH_CLIENT_SECRET: _, ...env } = ENV;
      await assert.rejects(
        load({ env: { ...env, LICENSEFLOW_GRAPH_CLIENT_SECRET_FILE: 'empty' } }),
        /clientSecretFile \(LICENSEFLOW_GRAPH_CLIENT_SECRET_FILE\): .* is empty\./,
      );
    });
  });

  it('never tells a secret, wherever it was put', async () => {
    const secretFile = path.join(folder, 'told');
    const places: ((secret: string) => ConfigSources & { file?: string })[] = [
      (secret) => ({
        env: { ...ENV, LICENSEFLOW_GRAPH_CLIENT_SECRET: secret, LICENSEFLOW_GRAPH_CLIENT_SECRET_FILE: 'x' },
      }),
      (secret) => ({ env: { ...ENV, LICENSEFLOW_GRAPH_TENANT_ID: secret } }),
      (secret) => ({ env: { ...ENV, LICENSEFLOW_GRAPH_CREDENTIAL: secret } }),
      (secret) => ({
        env: { ...ENV, LICENSEFLOW_GRAPH_CLOUD: secret, TEMPORAL_ADDRESS: secret, LICENSEFLOW_LOG_LEVEL: secret },
      }),
      (secret) => ({ env: { ...ENV, LICENSEFLOW_GRAPH_TIMEOUT: secret, LICENSEFLOW_GRAPH_WRITE_SHARE: secret } }),
      (secret) => ({ env: { AZURE_CLIENT_SECRET: secret, AZURE_CLIENT_CERTIFICATE_PASSWORD: secret } }),
      (secret) => ({ env: {}, file: `graph: { credential: { clientSecret: ${secret} } }\n` }),
      (secret) => ({ env: {}, file: `graph: ${secret}\nlog: [ ${secret}\n` }),
      (secret) => ({ env: {}, file: `graph:\n\t${secret}: *${secret}\n` }),
    ];
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[A-Za-z0-9~._-]{12,40}$/), fc.nat(places.length - 1), async (text, i) => {
        // A character that no domain has, as in most secrets of Entra: one like "zQ.example" is a proper tenant name.
        const secret = `zQ~${text}`;
        await writeFile(secretFile, secret);
        const { file, ...sources } = places[i]?.(secret) ?? {};
        const error: unknown = await (file === undefined ? load(sources) : withFile(file, sources)).catch(
          (e: unknown) => e,
        );
        assert.ok(error instanceof ConfigError, `place ${i} was accepted`);
        assert.ok(!error.message.includes(secret), error.message);
        assert.ok(!JSON.stringify(error).includes(secret));
      }),
      { numRuns: 200 },
    );
  });
});

/** The keys of a section, whatever is wrapped around it. */
function shapeOf(schema: unknown): Record<string, unknown> {
  let inner = schema as { shape?: Record<string, unknown>; def?: { in?: unknown; innerType?: unknown } };
  while (inner.shape === undefined) inner = (inner.def?.in ?? inner.def?.innerType) as typeof inner;
  return inner.shape;
}
