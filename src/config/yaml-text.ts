/** A YAML text as a value, with the line of everything in it. */
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, YAMLParseError } from 'yaml';

export interface Position {
  /** Counted from 1, as editors do. */
  readonly line: number;
  readonly column: number;
}

export interface YamlProblem {
  readonly position: Position;
  /** What is wrong and what to do. Quotes nothing from the text, which may hold anything. */
  readonly text: string;
}

export interface YamlText {
  /** `undefined` where the text is no YAML. Of a key that stands twice, the last value. */
  readonly value: unknown;
  /** What is wrong with the YAML itself, before any question of what it says. */
  readonly problems: readonly YamlProblem[];
  /** The place of a value, or of the nearest thing around it that the text has. */
  positionOf(path: readonly PropertyKey[]): Position;
  /** The place of a key. */
  keyPositionOf(path: readonly PropertyKey[]): Position;
}

export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  // The library's own messages quote the source; ours are made from its codes.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems = [...document.errors, ...document.warnings].map((error) => ({
    position: position(error.pos[0]),
    text: SENTENCES[error.code] ?? `The YAML is broken here (${error.code}). Compare with the lines around it.`,
  }));
  const read = valueOf(document, problems);
  return {
    ...read,
    positionOf: (path) => position(place(document, path)?.value ?? 0),
    keyPositionOf: (path) => position(place(document, path)?.key ?? 0),
  };
}

const QUOTING = 'Put the text in quotes.';
const SENTENCES: Partial<Readonly<Record<YAMLParseError['code'], string>>> = {
  BAD_ALIAS:
    'An alias (*name) has no anchor (&name) before it. Define the anchor first, or quote a text that starts with *.',
  BAD_INDENT:
    'The indentation does not fit the lines before. Indent keys of one level alike, and close brackets that were opened.',
  BAD_SCALAR_START: `A text cannot start with this character. ${QUOTING}`,
  BLOCK_AS_IMPLICIT_KEY: `There is a second ": " on this line. ${QUOTING} Or start a new line.`,
  DUPLICATE_KEY: 'This key stands here a second time. Keep one of the two.',
  MISSING_CHAR:
    'Something that was opened is not closed, or a character is missing (a quote, a bracket, a comma, a colon).',
  MULTILINE_IMPLICIT_KEY: 'A key must stand on one line and be followed by a colon.',
  MULTIPLE_DOCS: 'A second document starts here (---). Keep only one in the file.',
  TAB_AS_INDENT: 'This line is indented with a tab. YAML wants spaces.',
  TAG_RESOLVE_FAILED: `A tag (!name) is not known. ${QUOTING} Or remove the tag.`,
  UNEXPECTED_TOKEN:
    'This is not expected here. Look for an unclosed quote or bracket, or a missing colon, just before.',
};

/** Two keys of one name leave a value to look at all the same; after any other mistake its shape is a guess. */
function valueOf(document: Document.Parsed, problems: readonly YamlProblem[]): Pick<YamlText, 'value' | 'problems'> {
  if (document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return { value: undefined, problems };
  try {
    return { value: document.toJS(), problems };
  } catch {
    const text = 'The anchors and aliases cannot be resolved (too many, or in a circle). Write the values out.';
    return { value: undefined, problems: [...problems, { position: { line: 1, column: 1 }, text }] };
  }
}

interface Place {
  readonly key: number;
  readonly value: number;
}

/** Offsets of the key and of the value at `path`, as far down as the text goes. */
function place(document: Document.Parsed, path: readonly PropertyKey[]): Place | null {
  let node: unknown = document.contents;
  let found: Place | null = startOf(node, null);
  for (const step of path) {
    const next = child(resolved(node, document), step);
    if (next === null) return found;
    found = next.place ?? found;
    node = next.node;
  }
  return found;
}

function child(parent: unknown, step: PropertyKey): { node: unknown; place: Place | null } | null {
  if (isSeq(parent)) {
    const item = parent.items[Number(step)];
    return isNode(item) ? { node: item, place: startOf(item, null) } : null;
  }
  if (!isMap(parent)) return null;
  // The last of several, as in the value.
  const pair = parent.items.findLast((item) => isPair(item) && nameOf(item.key) === String(step));
  return pair === undefined ? null : { node: pair.value, place: startOf(pair.value, pair.key) };
}

function startOf(value: unknown, key: unknown): Place | null {
  const valueAt = isNode(value) ? value.range?.[0] : undefined;
  const keyAt = isNode(key) ? key.range?.[0] : undefined;
  const anyAt = keyAt ?? valueAt;
  return anyAt === undefined ? null : { key: anyAt, value: valueAt ?? anyAt };
}

function resolved(node: unknown, document: Document.Parsed): Node | undefined {
  if (isAlias(node)) return node.resolve(document);
  return isNode(node) ? node : undefined;
}

function nameOf(key: unknown): string | null {
  return isScalar(key) ? String(key.value) : null;
}
