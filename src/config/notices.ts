/** The channels of notices, each used where its section is there. Secrets that are kept in files have been read by now. */
import { z } from 'zod';
import { section } from './section.js';

const text = z.string().trim().min(1);

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const SECRET_BYTES = { min: 24, max: 64 };

/** A value that a file or a variable holds. */
const address = z
  .string()
  .trim()
  .refine(isPrivateAddress, { error: 'holds no https address (http only for this machine). Write https://host/path.' });

const signingSecret = z.string().trim().refine(isSigningSecret, {
  error: 'holds no secret of Standard Webhooks. Make one: echo "whsec_$(openssl rand -base64 32)"',
});

const webhook = section({
  url: address.optional(),
  urlFile: text.optional(),
  secret: signingSecret.optional(),
  secretFile: text.optional(),
}).transform(({ url, urlFile, secret, secretFile }, context) => {
  requireOne({ url, urlFile }, 'urlFile', context);
  requireOne({ secret, secretFile }, 'secretFile', context);
  return { url: url ?? '', secret: secret ?? '' };
});

const teams = section({ url: address.optional(), urlFile: text.optional() }).transform(({ url, urlFile }, context) => {
  requireOne({ url, urlFile }, 'urlFile', context);
  return { url: url ?? '' };
});

/** The section `notices`. */
export const notices = section({
  mail: section({ from: text }).optional(),
  webhook: webhook.optional(),
  teams: teams.optional(),
}).transform(({ mail = null, webhook = null, teams = null }) => ({ mail, webhook, teams }));

/** A file that could not be read is reported by its reader. */
function requireOne(given: Readonly<Record<string, string | undefined>>, key: string, context: z.RefinementCtx): void {
  if (Object.values(given).some((value) => value !== undefined)) return;
  context.issues.push({ code: 'invalid_type', expected: 'string', input: undefined, path: [key] });
}

function isPrivateAddress(written: string): boolean {
  const url = URL.canParse(written) ? new URL(written) : null;
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.includes(url.hostname));
}

function isSigningSecret(written: string): boolean {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(written) ?? [];
  const { length } = Buffer.from(base64, 'base64');
  return length >= SECRET_BYTES.min && length <= SECRET_BYTES.max;
}
