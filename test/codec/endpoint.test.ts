import assert from 'node:assert/strict';
import { defaultPayloadConverter } from '@temporalio/common';
import type { FastifyInstance } from 'fastify';
import Fastify from 'fastify';
import type { Access } from '../../src/codec/endpoint.js';
import { codecEndpoint } from '../../src/codec/endpoint.js';
import { EncryptionCodec } from '../../src/codec/encryption-codec.js';
import { KeyRing } from '../../src/codec/key-ring.js';
import { newKey } from '../../src/codec/key-text.js';

const UI = 'https://temporal.example.com';

interface Answer {
  readonly payloads: { readonly metadata: Record<string, string>; readonly data: string }[];
}

describe('codec endpoint', () => {
  let app: FastifyInstance;
  let access: Access;
  const key = newKey(new Date());

  beforeEach(async () => {
    access = 'allowed';
    app = Fastify();
    const codec = new EncryptionCodec(await KeyRing.open(() => Promise.resolve([key])));
    const plugin = codecEndpoint({ codec, authorize: () => Promise.resolve(access), origins: [UI] });
    await app.register(plugin, { prefix: '/codec' });
  });
  afterEach(() => app.close());

  const post = (path: string, payload: object, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url: `/codec${path}`, payload, headers: { origin: UI, ...headers } });

  const json = (value: unknown): object => {
    const { metadata, data } = defaultPayloadConverter.toPayload(value);
    const encoding = Buffer.from(metadata?.['encoding'] ?? []).toString('base64');
    return { metadata: { encoding }, data: Buffer.from(data ?? []).toString('base64') };
  };

  it('encodes, and decodes to the same', async () => {
    const payloads = [json({ upn: 'adelev@contoso.com' }), json(null), json([])];
    const encoded = (await post('/encode', { payloads })).json<Answer>();
    assert.equal(encoded.payloads.length, 3);
    assert.equal(Buffer.from(encoded.payloads[0]?.metadata['encoding'] ?? '', 'base64').toString(), 'binary/encrypted');
    const decoded = await post('/decode', encoded);
    assert.deepEqual(decoded.json(), { payloads });
    assert.equal(decoded.headers['cache-control'], 'no-store');
  });

  it('lets the browser of the Temporal UI in, with its namespace and its session, and no other', async () => {
    const asked = (origin: string) =>
      app.inject({
        method: 'OPTIONS',
        url: '/codec/decode',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,x-namespace',
        },
      });
    access = 'unauthenticated';
    const { statusCode, headers } = await asked(UI);
    assert.equal(statusCode, 204, 'a preflight carries no session, so it must not need one');
    assert.equal(headers['access-control-allow-origin'], UI);
    assert.equal(headers['access-control-allow-credentials'], 'true');
    assert.match(String(headers['access-control-allow-headers']), /x-namespace/);
    assert.notEqual(
      (await asked('https://evil.example.com')).headers['access-control-allow-origin'],
      'https://evil.example.com',
    );
  });

  it('asks about each call before it reads the body', async () => {
    const encoded = (await post('/encode', { payloads: [json('x')] })).json<Answer>();
    for (const [answer, status] of [
      ['unauthenticated', 401],
      ['forbidden', 403],
    ] as const) {
      access = answer;
      for (const path of ['/encode', '/decode']) {
        const refused = await post(path, encoded);
        assert.equal(refused.statusCode, status);
        assert.match(String(refused.headers['content-type']), /application\/problem\+json/);
        assert.equal(refused.json<{ payloads?: unknown }>().payloads, undefined);
        // The UI shows what it may read only.
        assert.equal(refused.headers['access-control-allow-origin'], UI);
      }
    }
  });

  it('names the key that is missing', async () => {
    const other = newKey(new Date());
    const codec = new EncryptionCodec(await KeyRing.open(() => Promise.resolve([other])));
    const [payload] = await codec.encode([defaultPayloadConverter.toPayload('x')]);
    const metadata = Object.entries(payload?.metadata ?? {}).map(([k, v]) => [k, Buffer.from(v).toString('base64')]);
    const theirs = {
      metadata: Object.fromEntries(metadata) as object,
      data: Buffer.from(payload?.data ?? []).toString('base64'),
    };
    const refused = await post('/decode', { payloads: [theirs] });
    assert.equal(refused.statusCode, 422);
    assert.ok(refused.json<{ detail: string }>().detail.includes(`"${other.id}"`));
  });

  it('refuses what is no list of payloads', async () => {
    for (const body of [{}, { payloads: 'x' }, { payloads: [{ metadata: { a: { b: 1 } } }] }, { payloads: [null] }])
      assert.equal((await post('/decode', body)).statusCode, 400, JSON.stringify(body));
  });
});
