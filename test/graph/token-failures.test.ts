import assert from 'node:assert/strict';
import { classifyTokenFailure } from '../../src/graph/token-failures.js';

function authenticationError(message: string): Error {
  return Object.assign(new Error(message), { name: 'AuthenticationRequiredError' });
}

describe('token failures', () => {
  const REFUSALS = [
    'invalid_client: Error(s): 7000215 - AADSTS7000215: Invalid client secret provided. Trace ID: 5d0c503e',
    "invalid_request: AADSTS90002: Tenant 'contoso' not found. Check to make sure you have the correct tenant ID.",
    'unauthorized_client: AADSTS700016: Application with identifier was not found in the directory.',
    "ENOENT: no such file or directory, open '/run/secrets/app.pem'",
    'invalid_client: 7000222 - the secret has expired. status 500 is mentioned too',
  ];
  for (const message of REFUSALS) {
    it(`a person is needed: ${message.slice(0, 60)}`, () => {
      const failure = classifyTokenFailure(authenticationError(message));
      assert.equal(failure.code, 'UNAUTHENTICATED');
      assert.ok(failure.message.includes(message));
    });
  }

  const PASSING = [
    'server_error: AADSTS90033: A transient error has occurred. Please try again.',
    'temporarily_unavailable: try later',
    'network_error: Network request failed',
    'endpoints_resolution_error: Error: could not resolve endpoints.',
    'request to token endpoint failed, reason: connect ECONNREFUSED 127.0.0.1:1',
    'Response status 429',
  ];
  for (const message of PASSING) {
    it(`passes by itself: ${message}`, () =>
      assert.equal(classifyTokenFailure(authenticationError(message)).code, 'TRANSIENT'));
  }

  describe('of a chain of credentials', () => {
    const noIdentityService = 'ManagedIdentityCredential: Network unreachable. Message: network_error: See more.';
    const chain = (...messages: readonly string[]) =>
      Object.assign(new Error(`ChainedTokenCredential authentication failed.\n${messages.join('\n')}`), {
        name: 'AggregateAuthenticationError',
        errors: messages.map(authenticationError),
      });

    it('need a person where nothing is configured at all', () => {
      const failure = classifyTokenFailure(chain('EnvironmentCredential is unavailable.', noIdentityService));
      assert.equal(failure.code, 'UNAUTHENTICATED');
      assert.match(failure.message, /EnvironmentCredential is unavailable/);
    });
    it('pass by themselves where the configured one has a passing fault', () => {
      assert.equal(classifyTokenFailure(chain('server_error: busy', noIdentityService)).code, 'TRANSIENT');
    });
    it('pass by themselves where a managed identity was asked for and is out of reach', () => {
      assert.equal(classifyTokenFailure(authenticationError(noIdentityService)).code, 'TRANSIENT');
    });
  });

  it('carries no token and no secret', () => {
    const { message } = classifyTokenFailure(
      new Error('proxy refused client_secret=s3cr3t~value&scope=x and eyJhbGciOi.eyJyb2xlcyI6.c2lnbmF0dXJl'),
    );
    assert.doesNotMatch(message, /s3cr3t|eyJ/);
    assert.match(message, /client_secret=\[removed\].*\[token removed\]/);
  });

  it('takes anything that can be thrown', () => {
    for (const thrown of [undefined, null, 'text', {}, new Error()]) {
      assert.equal(classifyTokenFailure(thrown).code, 'UNAUTHENTICATED');
    }
  });
});
