/** The style sheet, the script and the icon: read once, named by their content, and kept by browsers for good. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import type { Assets } from './layout.js';

const FILES = {
  css: { name: 'console.css', type: 'text/css; charset=utf-8' },
  js: { name: 'console.js', type: 'text/javascript; charset=utf-8' },
  icon: { name: 'icon.svg', type: 'image/svg+xml' },
} as const;

interface Asset {
  readonly href: string;
  readonly type: string;
  readonly content: Buffer;
}

const HASH_LENGTH = 12;

function assetOf({ name, type }: (typeof FILES)[keyof typeof FILES]): Asset {
  const content = readFileSync(new URL(`static/${name}`, import.meta.url));
  const hash = createHash('sha256').update(content).digest('hex').slice(0, HASH_LENGTH);
  return { href: `/assets/${name.replace('.', `.${hash}.`)}`, type, content };
}

/** Serves them to everybody: the pages of those who are not signed in have them too. */
export function serveAssets(server: FastifyInstance): Assets {
  const assets = { css: assetOf(FILES.css), js: assetOf(FILES.js), icon: assetOf(FILES.icon) };
  for (const { href, type, content } of Object.values(assets))
    server.get(href, (_request, reply) =>
      reply.header('cache-control', 'public, max-age=31536000, immutable').type(type).send(content),
    );
  return { css: assets.css.href, js: assets.js.href, icon: assets.icon.href };
}
