/**
 * The codec endpoint of the Temporal UI and CLI: they send payloads as Temporal stores them, and show what they get back.
 * Whoever may call it can read everything, so it asks its host about each call.
 */
import cors from '@fastify/cors';
import type { Payload, PayloadCodec } from '@temporalio/common';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { EncryptedPayloadBroken, EncryptionKeyMissing, EncryptionKeysError } from './encryption-error.js';

/** Whether the caller may read payloads: yes, not without signing in, or not at all. */
export type Access = 'allowed' | 'unauthenticated' | 'forbidden';

export interface CodecEndpointOptions {
  readonly codec: PayloadCodec;
  /** The sign-in's answer about this call. What it throws refuses the call. */
  readonly authorize: (request: FastifyRequest) => Promise<Access>;
  /** Where browsers may call from: the address of the Temporal UI, such as `https://temporal.example.com`. */
  readonly origins: readonly string[];
}

/** A page of a long history, with room to spare; Temporal's own limit for one payload is 2 MB. */
const BODY_BYTES_MAX = 32 * 1024 * 1024;

const PAYLOAD = {
  type: 'object',
  properties: {
    metadata: { type: 'object', additionalProperties: { type: 'string' } },
    data: { type: 'string' },
  },
} as const;

const PAYLOADS = {
  type: 'object',
  required: ['payloads'],
  properties: { payloads: { type: 'array', items: PAYLOAD } },
} as const;

/** `Payloads` as the JSON of the protocol has them: bytes in base64. */
interface PayloadsJson {
  readonly payloads: readonly {
    readonly metadata?: Readonly<Record<string, string>>;
    readonly data?: string;
  }[];
}

/** `POST /encode` and `POST /decode`, to be registered under a prefix or on a server of their own. */
export function codecEndpoint({ codec, authorize, origins }: CodecEndpointOptions): FastifyPluginAsync {
  return async (app) => {
    await app.register(cors, {
      origin: [...origins],
      credentials: true,
      methods: ['POST'],
      allowedHeaders: ['authorization', 'content-type', 'x-namespace'],
    });
    app.addHook('preValidation', async (request, reply) => {
      const access = await authorize(request);
      if (access !== 'allowed') return refuse(reply, access);
    });
    const route = { bodyLimit: BODY_BYTES_MAX, schema: { body: PAYLOADS } };
    app.post<{ Body: PayloadsJson }>('/encode', route, async ({ body }, reply) =>
      answer(reply, () => codec.encode(fromJson(body))),
    );
    app.post<{ Body: PayloadsJson }>('/decode', route, async ({ body }, reply) =>
      answer(reply, () => codec.decode(fromJson(body))),
    );
  };
}

async function answer(reply: FastifyReply, convert: () => Promise<Payload[]>): Promise<PayloadsJson | FastifyReply> {
  void reply.header('cache-control', 'no-store');
  try {
    return toJson(await convert());
  } catch (error) {
    // The only errors whose words are for the caller: they name a key id and say what to do.
    const known =
      error instanceof EncryptionKeyMissing ||
      error instanceof EncryptedPayloadBroken ||
      error instanceof EncryptionKeysError;
    if (!known) throw error;
    return problem(reply, 422, 'The payloads cannot be read', error.message);
  }
}

function refuse(reply: FastifyReply, access: Exclude<Access, 'allowed'>): FastifyReply {
  return access === 'unauthenticated'
    ? problem(reply, 401, 'Sign in first', 'Sign in to licenseflow in this browser, or send a bearer token.')
    : problem(reply, 403, 'Not allowed', 'Reading payloads needs the role operator or auditor.');
}

/** RFC 9457. */
function problem(reply: FastifyReply, status: number, title: string, detail: string): FastifyReply {
  const body = { type: 'about:blank', title, status, detail };
  return reply.code(status).type('application/problem+json').send(JSON.stringify(body));
}

function fromJson({ payloads }: PayloadsJson): Payload[] {
  return payloads.map(({ metadata = {}, data }) => ({
    metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value, 'base64')])),
    ...(data !== undefined && { data: Buffer.from(data, 'base64') }),
  }));
}

function toJson(payloads: readonly Payload[]): PayloadsJson {
  return {
    payloads: payloads.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([key, value]) => [key, base64(value)])),
      ...(data !== null && data !== undefined && { data: base64(data) }),
    })),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
