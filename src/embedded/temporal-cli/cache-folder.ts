import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where licenseflow keeps what it fetched once: `LICENSEFLOW_CACHE`, else the place that the operating system has for
 * such files (XDG base directories, `~/Library/Caches`, `LOCALAPPDATA`). The folder need not exist yet.
 */
export function cacheFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  if (env['LICENSEFLOW_CACHE']) return env['LICENSEFLOW_CACHE'];
  const home = env['HOME'] || homedir();
  if (platform === 'win32') return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'licenseflow', 'Cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'licenseflow');
  return join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'licenseflow');
}
