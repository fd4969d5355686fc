import assert from 'node:assert/strict';
import { defaultPayloadConverter } from '@temporalio/common';
import { EncryptionCodec } from '../../src/codec/encryption-codec.js';
import { openKeyRing } from '../../src/codec/key-source.js';
import { keyLine, newKey } from '../../src/codec/key-text.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { Playground } from '../support/playground.js';
import { Web } from '../support/web.js';

describe('The server of API and console', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open();
  });
  after(() => playground.close());

  it('says whether it lives, and whether a worker answers', async () => {
    const web = await Web.open(playground);
    try {
      assert.deepEqual((await web.call('GET', '/healthz')).json, { healthy: true });
      const ready = await web.call('GET', '/readyz');
      assert.deepEqual([ready.status, ready.json], [200, { ready: true, temporal: 'ok', worker: 'ok' }]);
    } finally {
      await web.close();
    }
    const idle = await Playground.open({ idle: true });
    const impatient = await Web.open({ licenseflow: await idle.impatient(500), tenant: idle.tenant });
    try {
      const ready = await impatient.call('GET', '/readyz');
      assert.deepEqual([ready.status, ready.json['worker']], [503, 'no-answer']);
    } finally {
      await impatient.close();
      await idle.close();
    }
  });

  it('decrypts payloads for operators and auditors alone', async () => {
    const ring = await openKeyRing({ kind: 'value', keys: keyLine(newKey(new Date())) });
    assert.ok(ring);
    const codec = new EncryptionCodec(ring);
    const [secret] = await codec.encode([defaultPayloadConverter.toPayload('AdeleV@contoso.com')]);
    const payloads = [
      {
        metadata: Object.fromEntries(
          Object.entries(secret?.metadata ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
        ),
        data: Buffer.from(secret?.data ?? []).toString('base64'),
      },
    ];
    const web = await Web.open(playground, { codec: { codec, origins: ['https://temporal.example.com'] } });
    const ask = (token: string | null) => web.call('POST', '/codec/decode', { token, body: { payloads } });
    try {
      const [joni, adele] = await Promise.all([web.as(PEOPLE.joni), web.as(PEOPLE.adele)]);
      assert.equal((await ask(null)).status, 401);
      assert.equal((await ask(adele.token)).status, 403);
      const read = await ask(joni.token);
      assert.equal(read.status, 200, read.text);
      const [{ data }] = (read.json as unknown as { payloads: [{ data: string }] }).payloads;
      assert.equal(Buffer.from(data, 'base64').toString(), '"AdeleV@contoso.com"');
    } finally {
      await web.close();
    }
  });

  it('has no codec endpoint where nothing is encrypted', async () => {
    const web = await Web.open(playground);
    try {
      const { token } = await web.as(PEOPLE.joni);
      assert.equal((await web.call('POST', '/codec/decode', { token, body: { payloads: [] } })).status, 404);
    } finally {
      await web.close();
    }
  });
});
