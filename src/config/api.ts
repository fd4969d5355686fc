/** The section `api`: the process that serves API and console. Secrets that are kept in files have been read by now. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { duration } from './duration.js';
import { HOST_AND_PORT, listenAddress } from './host-and-port.js';
import { section } from './section.js';

const text = z.string().trim().min(1);

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const SECRET_CHARACTERS = 32;

const id = (of: string) => text.regex(GUID, { error: `is no ${of}. The portal shows it; it is a GUID.` });

const origin = text
  .refine(isOrigin, { error: 'is no origin. Write https://host or https://host:port, without a path.' })
  .refine((given) => !isOrigin(given) || given.startsWith('https:') || LOOPBACK.includes(new URL(given).hostname), {
    error: 'has to be https: sessions must not travel in the clear. http is for this machine alone.',
  });

/** In a file a list, in a variable its parts with commas between them. */
const list = z.union([text.transform((parts) => parts.split(',').map((one) => one.trim())), z.array(text)]);

const proxies = list.refine((given) => given.every(isNetwork), {
  error: 'names no address or network. Write 10.0.0.0/8, 192.168.1.4.',
});

const origins = list.refine((given) => given.every(isOrigin), {
  error: 'names no origin. Write https://temporal.contoso.com.',
});

const secrets = z
  .string()
  .transform((given) => given.split(/\r?\n/).map((line) => line.trim()))
  .transform((lines) => lines.filter((line) => line !== ''))
  .refine((lines) => lines.length > 0 && lines.every((line) => line.length >= SECRET_CHARACTERS), {
    error: `is too short: ${String(SECRET_CHARACTERS)} characters or more. Make one: openssl rand -base64 48`,
  });

const raw = section({
  listen: text
    .regex(HOST_AND_PORT, { error: 'is not host:port. Write it such as 127.0.0.1:8088 or 0.0.0.0:8088.' })
    .default('127.0.0.1:8088'),
  publicUrl: origin.optional(),
  trustedProxies: proxies.default([]),
  authorityHost: text
    .refine(isHttpsOrigin, { error: 'is not an https address. Write https://host, without a path.' })
    .default('https://login.microsoftonline.com'),
  tenantId: id('tenant id'),
  clientId: id('application id'),
  clientSecret: z.string().min(1).optional(),
  clientSecretFile: text.optional(),
  audience: text.optional(),
  scope: text.regex(/^\S+$/).default('access_as_user'),
  sessionSecret: secrets.optional(),
  sessionSecretFile: text.optional(),
  sessionIdle: duration.prefault('1 hour'),
  sessionLifetime: duration.prefault('8 hours'),
  codecOrigins: origins.default([]),
  callsPerMinute: z.int().min(1).max(1_000_000).default(600),
});

export const api = raw.transform((given, context) => {
  const { listen, publicUrl, tenantId, clientId, clientSecret, sessionSecret, audience, ...rest } = given;
  requireOne({ clientSecret, file: rest.clientSecretFile }, 'clientSecretFile', context);
  requireOne({ sessionSecret, file: rest.sessionSecretFile }, 'sessionSecretFile', context);
  const { trustedProxies, authorityHost, scope, sessionIdle, sessionLifetime, codecOrigins, callsPerMinute } = rest;
  return {
    ...{ trustedProxies, authorityHost, scope, codecOrigins, callsPerMinute, tenantId, clientId },
    listen: listenAddress(listen),
    /** `null` for the address on which it listens, on this machine. */
    publicUrl: publicUrl ?? null,
    clientSecret: clientSecret ?? '',
    audience: audience ?? clientId,
    sessionSecrets: sessionSecret ?? [],
    sessionIdleMs: sessionIdle,
    sessionLifetimeMs: sessionLifetime,
  };
});

/** A file that could not be read is reported by its reader. */
function requireOne(given: Readonly<Record<string, unknown>>, key: string, context: z.RefinementCtx): void {
  if (Object.values(given).some((value) => value !== undefined)) return;
  context.issues.push({ code: 'invalid_type', expected: 'string', input: undefined, path: [key] });
}

function isOrigin(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === address.replace(/\/$/, '');
}

function isHttpsOrigin(address: string): boolean {
  return isOrigin(address) && address.startsWith('https:');
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  const width = family === 4 ? 32 : 128;
  return family !== 0 && more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= width));
}
