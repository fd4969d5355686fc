import { graphError, GraphError } from '../graph-error.js';
import { parseFilter } from '../odata/filter.js';
import { projected, selectedProperties, type Properties } from '../odata/select.js';
import { capabilityStatus, type SkuRecord, type Subscription } from '../sku-record.js';
import type { GraphReply } from './graph-call.js';
import { json, type Operation, type OperationRequest } from './operation.js';

const READ_SKUS = [
  'LicenseAssignment.Read.All',
  'LicenseAssignment.ReadWrite.All',
  'Organization.Read.All',
  'Organization.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
];

/** What a tenant has bought: SKUs with their seats, and the subscriptions behind them. */
export const SUBSCRIPTION_OPERATIONS: readonly Operation[] = [
  { method: 'GET', path: ['subscribedSkus'], permissions: READ_SKUS, resourceUnits: 3, answer: listSkus },
  { method: 'GET', path: ['subscribedSkus', ':key'], permissions: READ_SKUS, resourceUnits: 1, answer: getSku },
  {
    method: 'GET',
    path: ['directory', 'subscriptions'],
    permissions: READ_SKUS,
    resourceUnits: 1,
    answer: listSubscriptions,
  },
];

interface SkuInTenant {
  readonly tenantId: string;
  readonly tenantName: string;
  readonly consumedUnits: number;
  readonly sku: SkuRecord;
}

const SKU_PROPERTIES: Properties<SkuInTenant> = {
  id: ({ tenantId, sku }) => `${tenantId}_${sku.skuId}`,
  accountId: ({ tenantId }) => tenantId,
  accountName: ({ tenantName }) => tenantName,
  appliesTo: ({ sku }) => sku.appliesTo,
  capabilityStatus: ({ sku }) => capabilityStatus(sku.prepaidUnits),
  consumedUnits: ({ consumedUnits }) => consumedUnits,
  prepaidUnits: ({ sku }) => sku.prepaidUnits,
  servicePlans: ({ sku }) => sku.servicePlans.map(withStatus),
  skuId: ({ sku }) => sku.skuId,
  skuPartNumber: ({ sku }) => sku.skuPartNumber,
  subscriptionIds: ({ sku }) => sku.subscriptions.map(({ commerceSubscriptionId }) => commerceSubscriptionId),
};

function withStatus(plan: SkuRecord['servicePlans'][number]) {
  return { ...plan, provisioningStatus: 'Success' };
}

function listSkus(request: OperationRequest): GraphReply {
  const { call, tenant } = request;
  const unsupported = [...call.query.keys()].find((name) => name !== '$select');
  if (unsupported !== undefined) throw unsupportedQuery(unsupported);
  return json({
    '@odata.context': `${call.root}/$metadata#subscribedSkus`,
    value: [...tenant.directory.skus()].map((sku) => skuResource(request, sku)),
  });
}

function getSku(request: OperationRequest): GraphReply {
  const { call, tenant, key } = request;
  const [tenantId, skuId = ''] = key.toLowerCase().split('_');
  const sku = tenantId === tenant.id ? tenant.directory.sku(skuId) : undefined;
  if (!sku) throw graphError('E12', { resource: key });
  return json({ '@odata.context': `${call.root}/$metadata#subscribedSkus/$entity`, ...skuResource(request, sku) });
}

function skuResource({ call, tenant, consumedSeen }: OperationRequest, sku: SkuRecord): Record<string, unknown> {
  const names = selectedProperties(call.query) ?? Object.keys(SKU_PROPERTIES);
  const inTenant = {
    tenantId: tenant.id,
    tenantName: tenant.displayName,
    consumedUnits: consumedSeen(sku.skuId),
    sku,
  };
  return projected(inTenant, SKU_PROPERTIES, names, 'subscribedSku');
}

interface SubscriptionOfSku {
  readonly sku: SkuRecord;
  readonly subscription: Subscription;
}

const SUBSCRIPTION_PROPERTIES: Properties<SubscriptionOfSku> = {
  id: ({ subscription }) => subscription.id,
  commerceSubscriptionId: ({ subscription }) => subscription.commerceSubscriptionId,
  createdDateTime: ({ subscription }) => subscription.createdDateTime,
  isTrial: ({ subscription }) => subscription.isTrial,
  nextLifecycleDateTime: ({ subscription }) => subscription.nextLifecycleDateTime,
  serviceStatus: ({ sku }) => sku.servicePlans.map(withStatus),
  skuId: ({ sku }) => sku.skuId,
  skuPartNumber: ({ sku }) => sku.skuPartNumber,
  status: ({ subscription }) => subscription.status,
  totalLicenses: ({ subscription }) => subscription.totalLicenses,
};

function listSubscriptions({ call, tenant }: OperationRequest): GraphReply {
  const text = call.query.get('$filter');
  const filter = text === null ? undefined : parseFilter(text);
  const names = selectedProperties(call.query) ?? Object.keys(SUBSCRIPTION_PROPERTIES);
  const all = [...tenant.directory.skus()].flatMap((sku) =>
    sku.subscriptions.map((subscription) => ({ sku, subscription })),
  );
  return json({
    '@odata.context': `${call.root}/$metadata#directory/subscriptions`,
    value: all
      .filter((entry) => filter?.matches(filterable(entry)) ?? true)
      .map((entry) => projected(entry, SUBSCRIPTION_PROPERTIES, names, 'companySubscription')),
  });
}

function filterable({ sku, subscription }: SubscriptionOfSku) {
  const values: Record<string, string | boolean> = {
    skuId: sku.skuId,
    skuPartNumber: sku.skuPartNumber,
    commerceSubscriptionId: subscription.commerceSubscriptionId,
    status: subscription.status,
    isTrial: subscription.isTrial,
  };
  return { value: (property: string) => values[property], collection: () => undefined, count: () => undefined };
}

function unsupportedQuery(name: string): GraphError {
  return new GraphError(
    400,
    'Request_UnsupportedQuery',
    `The query parameter '${name}' is not supported on this resource.`,
  );
}
