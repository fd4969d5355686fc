import assert from 'node:assert/strict';
import type { Payload } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import fc from 'fast-check';
import { EncryptionCodec } from '../../src/codec/encryption-codec.js';
import { EncryptedPayloadBroken, EncryptionKeyMissing } from '../../src/codec/encryption-error.js';
import { KeyRing } from '../../src/codec/key-ring.js';
import type { EncryptionKey, EncryptionKeys } from '../../src/codec/key-text.js';
import { newKey } from '../../src/codec/key-text.js';

const key = (): EncryptionKey => newKey(new Date());
const ringOf = (...keys: EncryptionKeys): Promise<KeyRing> => KeyRing.open(() => Promise.resolve(keys));
const codecOf = async (...keys: EncryptionKeys): Promise<EncryptionCodec> => new EncryptionCodec(await ringOf(...keys));
const textOf = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('utf8');

async function one(payloads: Promise<Payload[]>): Promise<Payload> {
  const [payload] = await payloads;
  assert.ok(payload !== undefined);
  return payload;
}

/** As a payload comes back, without regard to the class of its byte arrays. */
function plain({ metadata, data }: Payload): unknown {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, [...value]] as const);
  return { metadata: Object.fromEntries(entries), data: [...(data ?? [])] };
}

const payload: fc.Arbitrary<Payload> = fc.record({
  metadata: fc.dictionary(
    fc.string().filter((name) => name !== '__proto__'),
    fc.uint8Array(),
  ),
  data: fc.uint8Array({ maxLength: 500 }),
});

describe('encryption codec', () => {
  it('gives back what it was given', async () => {
    const codec = await codecOf(key());
    await fc.assert(
      fc.asyncProperty(fc.array(payload, { maxLength: 5 }), async (payloads) => {
        const back = await codec.decode(await codec.encode(payloads));
        assert.deepEqual(back.map(plain), payloads.map(plain));
      }),
    );
  });

  it('leaves nothing of a payload readable but the id of the key', async () => {
    const current = key();
    const secret = { ...defaultPayloadConverter.toPayload({ upn: 'adelev@contoso.com' }) };
    const encoded = await one((await codecOf(current)).encode([secret]));
    const metadata = Object.entries(encoded.metadata ?? {}).map(([name, value]) => [name, textOf(value)]);
    assert.deepEqual(Object.fromEntries(metadata), {
      encoding: 'binary/encrypted',
      'encryption-cipher': 'AES-256-GCM',
      'encryption-key-id': current.id,
    });
    for (const word of ['adelev', 'upn', 'json/plain'])
      assert.ok(!Buffer.from(encoded.data ?? []).includes(word), `${word} is readable`);
  });

  it('never encrypts the same payload to the same bytes', async () => {
    const codec = await codecOf(key());
    const same = Array.from({ length: 200 }, () => defaultPayloadConverter.toPayload('same'));
    const nonces = (await codec.encode(same)).map(({ data }) => Buffer.from(data ?? []).toString('hex', 0, 12));
    assert.equal(new Set(nonces).size, 200);
  });

  it('refuses a payload of which any one byte was changed', async () => {
    const codec = await codecOf(key());
    const encoded = await one(codec.encode([defaultPayloadConverter.toPayload('approved')]));
    const bytes = encoded.data ?? new Uint8Array();
    assert.ok(bytes.length > 30);
    for (let i = 0; i < bytes.length; i++)
      for (const flip of [0x01, 0x80]) {
        const data = Uint8Array.from(bytes, (byte, at) => (at === i ? byte ^ flip : byte));
        await assert.rejects(codec.decode([{ ...encoded, data }]), EncryptedPayloadBroken, `byte ${String(i)}`);
      }
  });

  it('refuses a payload that was cut short, at any length', async () => {
    const codec = await codecOf(key());
    const encoded = await one(codec.encode([defaultPayloadConverter.toPayload('approved')]));
    const bytes = encoded.data ?? new Uint8Array();
    for (let length = 0; length < bytes.length; length++)
      await assert.rejects(codec.decode([{ ...encoded, data: bytes.slice(0, length) }]), EncryptedPayloadBroken);
  });

  it('refuses a payload that was given the id of another key, or another cipher', async () => {
    const [first, second] = [key(), key()];
    const codec = await codecOf(first, second);
    const encoded = await one(codec.encode([defaultPayloadConverter.toPayload('approved')]));
    // The same secret under two ids: then only the authentication of the id tells them apart.
    const twins = await codecOf(first, { ...second, secret: first.secret });
    for (const [name, value] of [
      ['encryption-key-id', second.id],
      ['encryption-cipher', 'none'],
    ] as const) {
      const metadata = { ...encoded.metadata, [name]: Buffer.from(value) };
      await assert.rejects(codec.decode([{ ...encoded, metadata }]), EncryptedPayloadBroken, name);
      await assert.rejects(twins.decode([{ ...encoded, metadata }]), EncryptedPayloadBroken, name);
    }
  });

  it('names the key that is missing, and what to do', async () => {
    const [ours, theirs] = [key(), key()];
    const encoded = await (await codecOf(theirs)).encode([defaultPayloadConverter.toPayload('x')]);
    await assert.rejects((await codecOf(ours)).decode(encoded), (error: unknown) => {
      assert.ok(error instanceof EncryptionKeyMissing);
      assert.equal(error.keyId, theirs.id);
      for (const part of [theirs.id, ours.id, 'LICENSEFLOW_ENCRYPTION_KEYS', 'Nothing is lost'])
        assert.ok(error.message.includes(part), error.message);
      return true;
    });
  });

  it('does not take another key of the same id for the right one', async () => {
    const ours = key();
    const encoded = await (await codecOf(ours)).encode([defaultPayloadConverter.toPayload('x')]);
    const codec = await codecOf({ ...key(), id: ours.id });
    await assert.rejects(codec.decode(encoded), new RegExp(`"${ours.id}".*changed, or another key`));
  });

  it('reads what any key of the ring has encrypted, over any number of rotations', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string(), { minLength: 1, maxLength: 6 }), async (values) => {
        let keys: EncryptionKeys = [key()];
        const stored: Payload[] = [];
        for (const value of values) {
          stored.push(...(await (await codecOf(...keys)).encode([defaultPayloadConverter.toPayload(value)])));
          keys = [key(), ...keys];
        }
        const back = await (await codecOf(...keys)).decode(stored);
        assert.deepEqual(
          back.map((payload) => defaultPayloadConverter.fromPayload(payload)),
          values,
        );
      }),
      { numRuns: 20 },
    );
  });

  it('passes what is not encrypted, so that requests from before go on', async () => {
    const before = defaultPayloadConverter.toPayload({ from: 'before' });
    assert.deepEqual(await (await codecOf(key())).decode([before]), [before]);
  });

  it('without keys encrypts nothing, and refuses what is encrypted by name', async () => {
    const off = new EncryptionCodec(null);
    const value = defaultPayloadConverter.toPayload('x');
    assert.deepEqual(await off.encode([value]), [value]);
    const theirs = key();
    const encoded = await (await codecOf(theirs)).encode([value]);
    await assert.rejects(off.decode(encoded), new RegExp(`"${theirs.id}".*no keys`));
  });
});

describe('key ring', () => {
  it('finds a key that was added later, without a restart', async () => {
    const [first, second] = [key(), key()];
    let keys: EncryptionKeys = [first];
    const ring = await KeyRing.open(() => Promise.resolve(keys), { askAgainMs: 0 });
    await assert.rejects(ring.key(second.id), EncryptionKeyMissing);
    keys = [second, first];
    assert.deepEqual(await ring.key(second.id), second);
    assert.equal(ring.current.id, second.id);
  });

  it('does not ask its source for each payload', async () => {
    const ours = key();
    let asked = 0;
    const ring = await KeyRing.open(
      () => {
        asked += 1;
        return Promise.resolve<EncryptionKeys>([ours]);
      },
      { askAgainMs: 60_000 },
    );
    for (let n = 0; n < 50; n++) await assert.rejects(ring.key(`other-${String(n)}`), EncryptionKeyMissing);
    await ring.key(ours.id);
    assert.equal(asked, 2, 'at the start, and for the first unknown key');
  });

  it('asks once for many payloads that come at the same time', async () => {
    const [first, second] = [key(), key()];
    let asked = 0;
    const ring = await KeyRing.open(() => Promise.resolve<EncryptionKeys>(asked++ === 0 ? [first] : [first, second]), {
      askAgainMs: 0,
    });
    await Promise.all(Array.from({ length: 20 }, () => ring.key(second.id)));
    assert.equal(asked, 2);
  });
});
