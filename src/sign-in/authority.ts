/**
 * The sign-in service as OpenID Connect describes it: where it signs people in, and the keys that its tokens are signed
 * with. Asked when it is first needed, so that a server starts without it; a failure is forgotten, so that the next one asks
 * again.
 */
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import { ClientSecretPost, discovery, enableNonRepudiationChecks, type Configuration } from 'openid-client';

export interface AuthorityOptions {
  /** https address of the sign-in service, such as `https://login.microsoftonline.com`. */
  readonly authorityHost: string;
  /** Id of the one tenant whose people are let in. */
  readonly tenantId: string;
  /** Application (client) id. */
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The sign-in service does not answer, or not as it should. It is no fault of whoever wanted to sign in. */
export class AuthorityUnreachable extends Error {
  override readonly name = 'AuthorityUnreachable';
}

export interface KnownAuthority {
  readonly client: Configuration;
  /** Who issues tokens: one tenant of the service, and no other. */
  readonly issuer: string;
  readonly keys: JWTVerifyGetKey;
}

const TIMEOUT_MS = 10_000;

export class Authority {
  #known: Promise<KnownAuthority> | null = null;

  constructor(private readonly options: AuthorityOptions) {}

  get tenantId(): string {
    return this.options.tenantId;
  }

  /** @throws AuthorityUnreachable */
  async known(): Promise<KnownAuthority> {
    this.#known ??= this.#discovered();
    try {
      return await this.#known;
    } catch (error) {
      this.#known = null;
      throw new AuthorityUnreachable('The sign-in service does not answer.', { cause: error });
    }
  }

  async #discovered(): Promise<KnownAuthority> {
    const { authorityHost, tenantId, clientId, clientSecret } = this.options;
    const server = new URL(`${authorityHost.replace(/\/$/, '')}/${tenantId}/v2.0`);
    const client = await discovery(server, clientId, undefined, ClientSecretPost(clientSecret), {
      timeout: TIMEOUT_MS / 1_000,
      // The token of a sign-in is checked against the keys too, although it comes straight from the service.
      execute: [enableNonRepudiationChecks],
    });
    const { issuer, jwks_uri: keysUrl } = client.serverMetadata();
    if (keysUrl === undefined) throw new Error('The sign-in service names no keys.');
    const keys = createRemoteJWKSet(new URL(keysUrl), { timeoutDuration: TIMEOUT_MS, [customFetch]: fetchedKeys });
    return { client, issuer, keys };
  }
}

/** A failure to get the keys says nothing about the token. */
const fetchedKeys: typeof fetch = async (...request) => {
  const answer = await fetch(...request).catch((cause: unknown) => {
    throw new AuthorityUnreachable('The keys of the sign-in service cannot be read.', { cause });
  });
  if (answer.ok) return answer;
  throw new AuthorityUnreachable(`The keys of the sign-in service cannot be read: status ${answer.status}.`);
};
