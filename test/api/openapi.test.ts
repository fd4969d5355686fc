import assert from 'node:assert/strict';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { PERMITTED } from '../../src/sign-in/access.js';
import { testSimulator } from '../support/simulator.js';
import { NO_CALLS, Web } from '../support/web.js';

interface Operation {
  readonly operationId: string;
  readonly description: string;
  readonly responses: Readonly<Record<string, unknown>>;
}

describe('The API document', () => {
  let web: Web;
  let text: string;
  let document: {
    readonly openapi: string;
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };

  before(async () => {
    web = await Web.open({ tenant: await (await testSimulator()).createTenant(), licenseflow: NO_CALLS });
    ({ text, json: document } = (await web.call('GET', '/api/v1/openapi.json')) as never);
  });
  after(() => web.close());

  const operations = () => Object.values(document.paths).flatMap((path) => Object.values(path));

  it('is one of OpenAPI 3.1, and its linter finds nothing', async () => {
    assert.match(document.openapi, /^3\.1\./);
    const config = await createConfig({ extends: ['recommended'] });
    const problems = await lintFromString({ source: text, absoluteRef: 'openapi.json', config });
    assert.deepEqual(
      problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} (${location[0]?.pointer ?? ''})`),
      [],
    );
  });

  it('says of every route who may call it, and how it refuses', () => {
    assert.ok(operations().length > 40, String(operations().length));
    const roles = Object.values(PERMITTED).map((names) => `Roles: ${names.join(', ')}.`);
    for (const { operationId, description, responses } of operations()) {
      assert.ok(
        roles.some((sentence) => description.endsWith(sentence)),
        operationId,
      );
      assert.ok('4XX' in responses && '5XX' in responses, operationId);
    }
  });

  it('names each route once', () => {
    const names = operations().map(({ operationId }) => operationId);
    assert.deepEqual(
      names.filter((name, i) => names.indexOf(name) !== i),
      [],
    );
  });

  it('holds routes that let nobody in who is not signed in', async () => {
    for (const [path, methods] of Object.entries(document.paths))
      for (const method of Object.keys(methods)) {
        const url = path.replace(/\{\w+\}/g, 'x');
        const body = method === 'get' ? {} : { body: {} };
        const answer = await web.call(method.toUpperCase(), url, body);
        assert.deepEqual([answer.status, answer.json['code']], [401, 'NOT_SIGNED_IN'], `${method} ${path}`);
        assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
      }
  });
});
