/** Checks requests and answers against the OpenAPI description of the part of Microsoft Graph that licence work uses. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

interface MediaType {
  readonly content?: { readonly 'application/json'?: { readonly schema: object } };
  readonly $ref?: string;
}
interface OperationDescription {
  readonly requestBody?: MediaType;
  readonly responses: Readonly<Record<string, MediaType>>;
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationDescription>>>>;
  readonly components: { readonly responses: Readonly<Record<string, MediaType>> };
}

const description = parse(
  readFileSync(new URL('../fixtures/graph-openapi-subset.yaml', import.meta.url), 'utf8'),
) as Description;
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(description, 'graph');
const compiled = new Map<object, ValidateFunction>();

/** What an operation of the description says about one call; `undefined` for a path that it does not describe. */
function operationFor(method: string, path: string): OperationDescription | undefined {
  const segments = path.split('?')[0]?.split('/') ?? [];
  const found = Object.entries(description.paths).find(([template]) => {
    const parts = template.split('/');
    return parts.length === segments.length && parts.every((part, i) => part.startsWith('{') || part === segments[i]);
  });
  return found?.[1][method.toLowerCase()];
}

/** @throws AssertionError with every deviation of a request body from the description. */
export function assertRequest(method: string, path: string, body: unknown): void {
  const schema = operationFor(method, asUserPath(path))?.requestBody?.content?.['application/json']?.schema;
  if (schema) assertValid(schema, body, `the body of ${method} ${path}`);
}

/** @throws AssertionError with every deviation of an answer from the description, undescribed statuses included. */
export function assertResponse(method: string, path: string, status: number, body: unknown): void {
  const operation = operationFor(method, asUserPath(path));
  if (!operation) return;
  // In the description any status has at least the error envelope.
  const described = operation.responses[String(status)] ?? (status >= 400 ? operation.responses['default'] : undefined);
  assert.ok(described, `${method} ${path} answered ${status}, which the description does not know`);
  const schema = resolved(described).content?.['application/json']?.schema;
  if (schema && body !== undefined) assertValid(schema, body, `the answer ${status} to ${method} ${path}`);
}

function asUserPath(path: string): string {
  return path.replace(/^\/me(?=\/|\?|$)/, '/users/me');
}

function resolved(media: MediaType): MediaType {
  const name = media.$ref?.split('/').at(-1);
  return name === undefined ? media : (description.components.responses[name] ?? media);
}

function assertValid(schema: object, value: unknown, what: string): void {
  const known = compiled.get(schema);
  const validate = known ?? ajv.compile(absoluteReferences(schema));
  compiled.set(schema, validate);
  assert.ok(validate(value), `${what} deviates from the description: ${ajv.errorsText(validate.errors)}`);
}

function absoluteReferences(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"graph#/')) as object;
}
