import type { AccessToken, TokenCredential } from '@azure/identity';

/** The sign-in libraries renew a token this long before it ends. From then on they are asked each time. */
const RENEWED_BEFORE_MS = 5 * 60_000;

/**
 * A credential that gives the same token until it is to be renewed. The sign-in libraries keep tokens as well, but finding
 * the one they have is a tenth of all work of a licence write.
 */
export function remembering(credential: TokenCredential): TokenCredential {
  const known = new Map<string, AccessToken>();
  return {
    async getToken(scopes, options) {
      // A challenge or another tenant asks for another token than the one that is known.
      if (options !== undefined) return credential.getToken(scopes, options);
      const scope = [scopes].flat().join(' ');
      const remembered = known.get(scope);
      if (remembered !== undefined && Date.now() < renewedAt(remembered)) return remembered;
      const token = await credential.getToken(scopes);
      if (token !== null) known.set(scope, token);
      return token;
    },
  };
}

function renewedAt({ expiresOnTimestamp, refreshAfterTimestamp = Infinity }: AccessToken): number {
  return Math.min(expiresOnTimestamp - RENEWED_BEFORE_MS, refreshAfterTimestamp);
}
