import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';

/** What a token says, before it is signed. */
export type Claims = Readonly<Record<string, unknown>>;

/** The key of the sign-in service. As with the real one, all tenants share it: who checks tokens has to look at more. */
export class SigningKey {
  readonly #pair = generateKeyPair('RS256');
  readonly #kid = `simulator-${process.pid}`;

  /** `GET {tenant}/discovery/v2.0/keys` */
  async keys(): Promise<{ readonly keys: readonly JWK[] }> {
    const { publicKey } = await this.#pair;
    return { keys: [{ ...(await exportJWK(publicKey)), use: 'sig', alg: 'RS256', kid: this.#kid }] };
  }

  async sign(claims: Claims): Promise<string> {
    const { privateKey } = await this.#pair;
    return new SignJWT({ ...claims }).setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: this.#kid }).sign(privateKey);
  }
}
