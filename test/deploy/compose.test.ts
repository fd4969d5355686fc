import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { SETTINGS } from '../../src/config/settings.js';
import { DEFAULT_TASK_QUEUE, writeQueueOf } from '../../src/contracts/task-queues.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** The part of the Compose format that is used; an unknown key is a typing error. */
const Service = z.strictObject({
  image: z.string(),
  build: z.string().optional(),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.enum(['service_healthy', 'service_completed_successfully']) }))
    .optional(),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(z.string()).optional(),
  ports: z.array(z.string()).optional(),
  secrets: z.array(z.string()).optional(),
  configs: z.array(z.strictObject({ source: z.string(), target: z.string() })).optional(),
  healthcheck: z
    .union([
      z.strictObject({ disable: z.literal(true) }),
      z.strictObject({
        test: z.array(z.string()),
        interval: z.string(),
        timeout: z.string(),
        retries: z.number(),
        start_period: z.string(),
      }),
    ])
    .optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  restart: z.enum(['no', 'unless-stopped']),
  init: z.boolean().optional(),
  read_only: z.boolean().optional(),
  tmpfs: z.array(z.string()).optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  stop_grace_period: z.string().optional(),
  mem_limit: z.string().optional(),
});
const Compose = z.strictObject({
  name: z.string(),
  'x-licenseflow': z.unknown(),
  services: z.record(z.string(), Service),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
  configs: z.record(z.string(), z.strictObject({ file: z.string() })),
  volumes: z.record(z.string(), z.null()),
});

const DynamicConfig = z.record(
  z.string(),
  z.array(
    z.strictObject({
      value: z.unknown(),
      constraints: z.strictObject({ taskQueueName: z.string(), taskType: z.string() }).optional(),
    }),
  ),
);

describe('docker-compose.yml', () => {
  const text = read('docker-compose.yml');
  const compose = Compose.parse(parse(text, { merge: true }));
  const services = Object.entries(compose.services);
  const isOneShot = (name: string): boolean =>
    services.some(([, service]) => service.depends_on?.[name]?.condition === 'service_completed_successfully');

  /** Variables that the file takes from `.env`, and the defaults it gives them (`null` where it requires them). */
  const variables = new Map(
    [...text.matchAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g)].map(([, name = '', kind, rest = '']) => [
      name,
      kind === '-' ? rest : null,
    ]),
  );

  it('pins every image, or builds it here', () => {
    for (const [name, { image, build }] of services) {
      if (build !== undefined) continue;
      const tag = image.replace(/\$\{\w+:-([^}]*)\}/, '$1').split(':')[1] ?? '';
      assert.match(tag, /^\d/, `${name}: ${image}`);
    }
  });

  it('runs a Temporal server that prepares nothing by itself', () => {
    assert.doesNotMatch(text, /auto-setup/);
    const version = (service: string): string | undefined =>
      compose.services[service]?.image.split(':').slice(1).join(':');
    assert.equal(version('temporal'), '${TEMPORAL_VERSION:-1.32.0}');
    assert.equal(version('temporal-schema'), version('temporal'), 'the schema is that of the server');
    assert.equal(version('temporal-namespace'), version('temporal'));
  });

  it('knows for every service whether it is well', () => {
    for (const [name, service] of services) {
      if (isOneShot(name)) {
        assert.equal(service.restart, 'no', `${name} ends, so its exit code must be seen`);
        assert.ok(service.healthcheck === undefined || 'disable' in service.healthcheck, name);
      } else {
        assert.equal(service.restart, 'unless-stopped', name);
        const checked = service.healthcheck !== undefined && 'test' in service.healthcheck;
        const checkedByImage = service.build !== undefined && /^HEALTHCHECK /m.test(read('Dockerfile'));
        assert.ok(checked || checkedByImage, `${name} has no health check`);
      }
    }
  });

  it('waits for services that exist, and as they can be waited for', () => {
    for (const [name, { depends_on: needs = {} }] of services) {
      for (const [other, { condition }] of Object.entries(needs)) {
        assert.ok(compose.services[other], `${name} waits for ${other}, which does not exist`);
        const expected = isOneShot(other) ? 'service_completed_successfully' : 'service_healthy';
        assert.equal(condition, expected, `${name} waits for ${other}`);
      }
    }
  });

  it('mounts files that exist, secrets and settings that are declared, and a named volume', () => {
    const mounts = services.flatMap(([, service]) => service.volumes ?? []);
    for (const mount of mounts) {
      const [source = ''] = mount.split(':');
      if (source.startsWith('.')) assert.ok(existsSync(path.join(ROOT, source)), `${source} does not exist`);
      else assert.ok(source in compose.volumes, `${mount} is not a named volume`);
    }
    for (const [name, service] of services) {
      for (const secret of service.secrets ?? []) assert.ok(secret in compose.secrets, `${name}: ${secret}`);
      for (const { source } of service.configs ?? []) assert.ok(source in compose.configs, `${name}: ${source}`);
    }
  });

  it('gives the server a dynamic configuration file that it mounts', () => {
    const temporal = compose.services['temporal'];
    const file = temporal?.environment['DYNAMIC_CONFIG_FILE_PATH'] ?? '';
    assert.ok(
      temporal?.volumes?.some((mount) => mount.includes(`:${file}:`)),
      file,
    );
  });

  it('gives the queue of the licence writes, as the worker names it, one partition', () => {
    const config = DynamicConfig.parse(parse(read('deploy/temporal-dynamic-config.yaml')));
    for (const key of ['matching.numTaskqueueReadPartitions', 'matching.numTaskqueueWritePartitions']) {
      const constraints = { taskQueueName: writeQueueOf(DEFAULT_TASK_QUEUE), taskType: 'Activity' };
      assert.deepEqual(config[key], [{ value: 1, constraints }]);
    }
  });

  it('publishes ports on the loopback address only, because Temporal asks nobody who they are', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    assert.ok(ports.length > 0);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/);
  });

  it('sets only what the configuration knows', () => {
    const known: readonly string[] = SETTINGS.map(({ env }) => env);
    const set = services.flatMap(([, { environment }]) => Object.keys(environment));
    for (const name of set.filter((name) => name.startsWith('LICENSEFLOW_'))) assert.ok(known.includes(name), name);
  });

  it('takes the client secret from a file', () => {
    const names = services.flatMap(([, { environment }]) => Object.keys(environment));
    assert.ok(names.includes('LICENSEFLOW_GRAPH_CLIENT_SECRET_FILE'));
    assert.ok(!names.some((name) => /SECRET$/.test(name)), 'a secret in the environment is shown by docker inspect');
  });

  it('uses no variable that .env.example does not explain, and the reverse', () => {
    const documented = new Map(
      [...read('.env.example').matchAll(/^(# )?([A-Z][A-Z_]+)=(.*)$/gm)].map(([, optional, name = '', value = '']) => [
        name,
        optional === undefined ? null : value,
      ]),
    );
    assert.deepEqual(documented, variables, 'name, and default where there is one');
  });
});

describe('deploy/compose.encryption.yml', () => {
  const Override = z.strictObject({
    'x-encrypted': z.unknown(),
    services: z.record(
      z.string(),
      z.strictObject({ environment: z.record(z.string(), z.string()), secrets: z.array(z.string()) }),
    ),
    secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
  });
  const { services, secrets } = Override.parse(parse(read('deploy/compose.encryption.yml'), { merge: true }));

  it('gives the same keys, from a file, to every service that reads payloads', () => {
    assert.deepEqual(Object.keys(services), ['worker', 'api']);
    for (const { environment, secrets: mounted } of Object.values(services)) {
      assert.equal(environment['LICENSEFLOW_ENCRYPTION_KEYS_FILE'], '/run/secrets/encryption-keys');
      assert.deepEqual(mounted, Object.keys(secrets));
    }
  });

  it('sets only what the configuration knows', () => {
    const known: readonly string[] = SETTINGS.map(({ env }) => env);
    for (const name of Object.values(services).flatMap(({ environment }) => Object.keys(environment)))
      assert.ok(known.includes(name), name);
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

  it('ends in an image without root, build tools or sources', () => {
    assert.ok(last.includes('USER node'));
    assert.ok(!last.some((line) => /npm|\bsrc\b|scripts/.test(line)));
  });

  it('copies only what exists and what the build context contains', () => {
    const sources = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    const context = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    for (const source of sources) {
      assert.ok(existsSync(path.join(ROOT, source)), `${source} does not exist`);
      assert.ok(context.includes(`!${source}`), `${source} is kept out by .dockerignore`);
    }
  });
});
