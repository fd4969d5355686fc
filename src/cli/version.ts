import { readFileSync } from 'node:fs';

/** Version of this package, from its manifest: two folders up, from the sources as from the build. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  return manifest.version;
}
