import assert from 'node:assert/strict';
import { join } from 'node:path';
import { cacheFolder } from '../../../src/embedded/temporal-cli/cache-folder.js';

describe('the cache folder', () => {
  const HOME = '/home/ada';

  it('is what LICENSEFLOW_CACHE says, on every system', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      assert.equal(cacheFolder({ HOME, LICENSEFLOW_CACHE: '/c', XDG_CACHE_HOME: '/x' }, platform), '/c');
    }
  });

  it('follows XDG on Linux', () => {
    assert.equal(cacheFolder({ HOME, XDG_CACHE_HOME: '/x' }, 'linux'), join('/x', 'licenseflow'));
    assert.equal(cacheFolder({ HOME }, 'linux'), join(HOME, '.cache', 'licenseflow'));
    assert.equal(cacheFolder({ HOME, XDG_CACHE_HOME: '' }, 'linux'), join(HOME, '.cache', 'licenseflow'));
  });

  it('is the place of the system on macOS and Windows', () => {
    assert.equal(cacheFolder({ HOME, XDG_CACHE_HOME: '/x' }, 'darwin'), join(HOME, 'Library', 'Caches', 'licenseflow'));
    assert.equal(cacheFolder({ HOME, LOCALAPPDATA: '/local' }, 'win32'), join('/local', 'licenseflow', 'Cache'));
  });
});
