/**
 * `$filter` of OData, as far as Graph's directory objects take it: comparisons of text, booleans and GUIDs with `eq`,
 * `ne`, `in`, `startsWith` and `endsWith`; `assignedLicenses/any(l:l/skuId eq …)`, `proxyAddresses/any(p:p eq …)` and
 * `assignedLicenses/$count`; `and`, `or`, `not` and parentheses.
 */
import { GraphError } from '../graph-error.js';

export type Literal = string | boolean | null;

/** What a filter asks of one object. */
export interface Filterable {
  /** Value of a property, `undefined` where there is no such property. */
  readonly value: (property: string) => Literal | undefined;
  /**
   * Values of `item/field` over the items of a collection, of the items themselves where `field` is `null`, in lower case;
   * `undefined` where there is no such collection.
   */
  readonly collection: (property: string, field: string | null) => readonly string[] | undefined;
  /** Number of items of a collection. */
  readonly count: (property: string) => number | undefined;
}

export interface Filter {
  readonly matches: (object: Filterable) => boolean;
  /** Whether Graph demands `ConsistencyLevel: eventual` and `$count=true` for it. */
  readonly advanced: boolean;
}

/** Clauses with `or` in one filter. */
const CLAUSES_MAX = 15;

const TOKEN = /\s*(?:('(?:[^']|'')*')|([A-Za-z0-9_$\-./:@]+)|([(),]))/y;

/**
 * @throws GraphError 400 where the filter cannot be parsed; `matches` throws it where a property is not known.
 */
export function parseFilter(text: string): Filter {
  const parser = new FilterParser(tokens(text), text);
  const matches = parser.expression();
  parser.end();
  return { matches, advanced: parser.advanced };
}

function tokens(text: string): string[] {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const match = TOKEN.exec(text);
    if (!match) throw invalidFilter(text);
    found.push(match[0].trim());
  }
  return found;
}

function invalidFilter(text: string): GraphError {
  return new GraphError(400, 'BadRequest', `Invalid filter clause: ${text}`);
}

function tooManyClauses(count: number): GraphError {
  return new GraphError(
    400,
    'Request_UnsupportedQuery',
    `Too many child clauses specified in search filter expression containing 'OR' operators: ${count}. Max allowed: ${CLAUSES_MAX}.`,
  );
}

type Matcher = (object: Filterable) => boolean;

class FilterParser {
  advanced = false;
  private position = 0;

  constructor(
    private readonly tokens: readonly string[],
    private readonly text: string,
  ) {}

  expression(): Matcher {
    const clauses = [this.conjunction()];
    while (this.takes('or')) clauses.push(this.conjunction());
    if (clauses.length > CLAUSES_MAX) throw tooManyClauses(clauses.length);
    return (object) => clauses.some((clause) => clause(object));
  }

  end(): void {
    if (this.position < this.tokens.length) throw invalidFilter(this.text);
  }

  private conjunction(): Matcher {
    let left = this.term();
    while (this.takes('and')) {
      const [first, second] = [left, this.term()];
      left = (object) => first(object) && second(object);
    }
    return left;
  }

  private term(): Matcher {
    if (this.takes('not')) {
      this.advanced = true;
      const inner = this.term();
      return (object) => !inner(object);
    }
    if (this.takes('(')) {
      const inner = this.expression();
      this.expect(')');
      return inner;
    }
    const name = this.next();
    if (/^(startswith|endswith)$/i.test(name)) return this.textFunction(name.toLowerCase());
    if (name.toLowerCase().endsWith('/any')) return this.any(name.slice(0, -'/any'.length));
    if (name.toLowerCase().endsWith('/$count')) return this.count(name.slice(0, -'/$count'.length));
    return this.comparison(name);
  }

  private textFunction(name: string): Matcher {
    if (name === 'endswith') this.advanced = true;
    this.expect('(');
    const property = this.next();
    this.expect(',');
    const wanted = String(this.literal()).toLowerCase();
    this.expect(')');
    return (object) => {
      const value = String(valueOf(object, property) ?? '').toLowerCase();
      return name === 'startswith' ? value.startsWith(wanted) : value.endsWith(wanted);
    };
  }

  /** `collection/any(x:x/field eq literal)`, or `collection/any(x:x eq literal)` where the items are plain text. */
  private any(property: string): Matcher {
    this.expect('(');
    // The name of the variable and the path that starts with it come as one token when written without a space.
    const path = this.lambdaPath();
    this.expect('eq');
    const wanted = String(this.literal()).toLowerCase();
    this.expect(')');
    const field = path.split('/')[1] ?? null;
    return (object) => {
      const values = object.collection(property, field);
      if (!values) throw invalidFilter(this.text);
      return values.includes(wanted);
    };
  }

  private lambdaPath(): string {
    const [variable = '', joined = ''] = this.next().split(/:(.*)/s);
    const path = joined === '' ? this.next() : joined;
    if (path !== variable && !path.startsWith(`${variable}/`)) throw invalidFilter(this.text);
    return path;
  }

  private count(property: string): Matcher {
    this.advanced = true;
    const operator = this.operator();
    const wanted = Number(this.next());
    return (object) => {
      const count = object.count(property);
      if (count === undefined) throw invalidFilter(this.text);
      return (count === wanted) === (operator === 'eq');
    };
  }

  private comparison(property: string): Matcher {
    if (this.takes('in')) {
      const wanted = this.list();
      return (object) => wanted.some((literal) => same(valueOf(object, property), literal));
    }
    const operator = this.operator();
    if (operator === 'ne') this.advanced = true;
    const wanted = this.literal();
    return (object) => same(valueOf(object, property), wanted) === (operator === 'eq');
  }

  private operator(): 'eq' | 'ne' {
    const operator = this.next().toLowerCase();
    if (operator !== 'eq' && operator !== 'ne') throw invalidFilter(this.text);
    return operator;
  }

  private list(): Literal[] {
    this.expect('(');
    const literals = [this.literal()];
    while (this.takes(',')) literals.push(this.literal());
    this.expect(')');
    return literals;
  }

  private literal(): Literal {
    const token = this.next();
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (token === 'true' || token === 'false') return token === 'true';
    if (token === 'null') return null;
    return token; // a GUID, which Graph takes without quotes
  }

  private takes(token: string): boolean {
    if (this.tokens[this.position]?.toLowerCase() !== token) return false;
    this.position++;
    return true;
  }

  private expect(token: string): void {
    if (!this.takes(token)) throw invalidFilter(this.text);
  }

  private next(): string {
    const token = this.tokens[this.position++];
    if (token === undefined) throw invalidFilter(this.text);
    return token;
  }
}

function valueOf(object: Filterable, property: string): Literal {
  const value = object.value(property);
  if (value === undefined)
    throw new GraphError(
      400,
      'Request_UnsupportedQuery',
      `Unsupported or invalid query filter clause specified for property '${property}' of resource 'User'.`,
    );
  return value;
}

/** Text is compared without regard to case, as the directory does. */
function same(value: Literal, literal: Literal): boolean {
  return typeof value === 'string' && typeof literal === 'string'
    ? value.toLowerCase() === literal.toLowerCase()
    : value === literal;
}
