import assert from 'node:assert/strict';
import { assertRequest, assertResponse } from './openapi.js';

const USER = '/users/709ea8e3-24e3-4c5a-a9f6-56f4f1085557';
const SKU_ID = '6fd2c87f-b296-42f0-b197-1e91e994b900';

describe('The check against the description of the service', () => {
  it('accepts what is described', () => {
    assertRequest('POST', `${USER}/assignLicense`, { addLicenses: [{ skuId: SKU_ID }], removeLicenses: [] });
    assertResponse('GET', USER, 200, { id: 'x', accountEnabled: null, assignedLicenses: [{ skuId: SKU_ID }] });
    assertResponse('GET', USER, 404, { error: { code: 'c', message: 'm' } });
  });

  for (const [what, check] of [
    ['a missing key', () => assertRequest('POST', `${USER}/assignLicense`, { addLicenses: [] })],
    [
      'an id that is no GUID',
      () => assertRequest('POST', '/me/assignLicense', { addLicenses: [], removeLicenses: ['E3'] }),
    ],
    ['a wrong type in an answer', () => assertResponse('GET', USER, 200, { id: 'x', accountEnabled: 'yes' })],
    [
      'a wrong type deep in a list',
      () => assertResponse('GET', '/users?$top=1', 200, { value: [{ businessPhones: [1] }] }),
    ],
    ['an undescribed status', () => assertResponse('POST', `${USER}/assignLicense`, 202, {})],
    ['an error without its envelope', () => assertResponse('GET', USER, 404, { message: 'gone' })],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(check, assert.AssertionError);
    });
  }
});
