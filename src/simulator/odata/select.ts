import { GraphError } from '../graph-error.js';

/** Names of `$select`, or `undefined` where there is no `$select`. */
export function selectedProperties(query: URLSearchParams): string[] | undefined {
  const select = query.get('$select');
  if (select === null || select.trim() === '') return undefined;
  return select.split(',').map((name) => name.trim());
}

/** Values of the properties of one kind of object, by name. */
export type Properties<T> = Readonly<Record<string, (object: T) => unknown>>;

/**
 * The named properties of an object.
 *
 * @throws GraphError 400 where a name is none of the type's.
 */
export function projected<T>(
  object: T,
  properties: Properties<T>,
  names: readonly string[],
  typeName: string,
): Record<string, unknown> {
  return Object.fromEntries(
    names.map((name) => {
      const property = properties[name];
      if (!property || !Object.hasOwn(properties, name)) throw unknownProperty(name, typeName);
      return [name, property(object)];
    }),
  );
}

function unknownProperty(name: string, typeName: string): GraphError {
  return new GraphError(
    400,
    'BadRequest',
    `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type 'microsoft.graph.${typeName}'.`,
  );
}
