import assert from 'node:assert/strict';
import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/identity';
import { remembering } from '../../src/graph/remembered-token.js';

const MINUTE = 60_000;
const SCOPE = 'https://graph.microsoft.com/.default';

/** Gives numbered tokens, and knows for what it was asked. */
class CountedCredential implements TokenCredential {
  readonly asked: { readonly scopes: string | string[]; readonly options: GetTokenOptions | undefined }[] = [];

  constructor(private readonly answer: (n: number) => AccessToken | null) {}

  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null> {
    return Promise.resolve(this.answer(this.asked.push({ scopes, options })));
  }
}

function tokenFor(ms: number, refreshInMs?: number) {
  return (n: number): AccessToken => ({
    ...{ token: `token ${String(n)}`, expiresOnTimestamp: Date.now() + ms },
    ...(refreshInMs !== undefined && { refreshAfterTimestamp: Date.now() + refreshInMs }),
  });
}

describe('a remembered token', () => {
  async function tokensOf(credential: TokenCredential, ...asks: readonly Parameters<TokenCredential['getToken']>[]) {
    const remembered = remembering(credential);
    const tokens: (string | undefined)[] = [];
    for (const ask of asks) tokens.push((await remembered.getToken(...ask))?.token);
    return tokens;
  }

  it('is asked for once, for as long as it need not be renewed', async () => {
    const credential = new CountedCredential(tokenFor(60 * MINUTE, 30 * MINUTE));
    assert.deepEqual(await tokensOf(credential, [SCOPE], [SCOPE], [[SCOPE]]), ['token 1', 'token 1', 'token 1']);
    assert.equal(credential.asked.length, 1);
  });

  for (const [when, token] of [
    ['it ends soon', tokenFor(4 * MINUTE)],
    ['it shall be renewed early', tokenFor(60 * MINUTE, -1)],
  ] as const)
    it(`is asked for each time once ${when}`, async () => {
      assert.deepEqual(await tokensOf(new CountedCredential(token), [SCOPE], [SCOPE]), ['token 1', 'token 2']);
    });

  it('is one for each scope', async () => {
    const credential = new CountedCredential(tokenFor(60 * MINUTE));
    assert.deepEqual(await tokensOf(credential, [SCOPE], ['other'], [SCOPE]), ['token 1', 'token 2', 'token 1']);
  });

  it('is not what answers a challenge', async () => {
    const credential = new CountedCredential(tokenFor(60 * MINUTE));
    const challenge = { claims: '{"access_token":{}}' };
    assert.deepEqual(await tokensOf(credential, [SCOPE], [SCOPE, challenge]), ['token 1', 'token 2']);
    assert.deepEqual(credential.asked.at(-1)?.options, challenge);
  });

  it('is asked for again after there was none', async () => {
    const credential = new CountedCredential((n) => (n === 1 ? null : tokenFor(60 * MINUTE)(n)));
    assert.deepEqual(await tokensOf(credential, [SCOPE], [SCOPE], [SCOPE]), [undefined, 'token 2', 'token 2']);
  });

  it('is asked for again after signing in has failed, which the caller hears', async () => {
    const credential = new CountedCredential((n) => {
      if (n === 1) throw new Error('AADSTS90033');
      return tokenFor(60 * MINUTE)(n);
    });
    const remembered = remembering(credential);
    await assert.rejects(remembered.getToken(SCOPE), /AADSTS90033/);
    assert.equal((await remembered.getToken(SCOPE))?.token, 'token 2');
  });
});
