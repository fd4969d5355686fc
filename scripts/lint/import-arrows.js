/**
 * ESLint rule: which folder of `src/` may import which, and which packages. An allow list, so that a new folder or a new
 * package in a strict folder is a decision somebody writes down in `eslint.config.js`.
 *
 * Works on paths alone: it neither resolves nor reads the imported file, so an arrow to a file that does not exist yet is
 * judged like any other.
 *
 * @typedef {object} Arrows
 * @property {string[]} [folders] folders of `src/` that may be imported
 * @property {string[]} [typesOf] folders of which only types may be imported (`import type`)
 * @property {Record<string, string[]>} [filesOf] folders of which only these files may be imported
 * @property {string[]} [packages] packages and `node:` modules that may be imported; any when absent
 */
import { isBuiltin } from 'node:module';
import path from 'node:path';

/** @type {import('eslint').Rule.RuleModule} */
export const importArrows = {
  meta: {
    type: 'problem',
    schema: [
      { type: 'object', properties: { root: { type: 'string' }, arrows: { type: 'object' } }, required: ['root'] },
    ],
    messages: {
      unlisted: 'src/{{from}}/ has no arrows yet: list in eslint.config.js what it may import.',
      outside: 'src/ stands alone: "{{specifier}}" lies outside of it.',
      folder: 'src/{{from}}/ must not import from src/{{to}}/ ("{{specifier}}").',
      types: 'src/{{from}}/ may import only types from src/{{to}}/: write "import type" for "{{specifier}}".',
      file: 'src/{{from}}/ may import only {{files}} from src/{{to}}/, not "{{specifier}}".',
      package: 'src/{{from}}/ must not import the package "{{specifier}}".',
      computed:
        'src/{{from}}/ imports by a computed name, so its arrows cannot be checked: write the name as a string.',
    },
  },

  create(context) {
    const { root, arrows } = context.options[0];
    const from = folderOf(path.relative(root, context.filename));
    if (from === undefined) return {};
    if (!Object.hasOwn(arrows, from)) {
      return { Program: (node) => context.report({ node, messageId: 'unlisted', data: { from } }) };
    }

    const check = (node, source, typeOnly) => {
      if (source?.type !== 'Literal' || typeof source.value !== 'string') {
        context.report({ node, messageId: 'computed', data: { from } });
        return;
      }
      const specifier = source.value;
      const found = specifier.startsWith('.')
        ? judgeFile(arrows[from], from, path.relative(root, path.resolve(context.filename, '..', specifier)), typeOnly)
        : judgePackage(arrows[from], specifier);
      if (found) context.report({ node: source, messageId: found.messageId, data: { from, specifier, ...found.data } });
    };

    return {
      ImportDeclaration: (node) => check(node, node.source, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => node.source && check(node, node.source, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      ImportExpression: (node) => check(node, node.source, false),
      TSImportType: (node) => check(node, node.source, true),
    };
  },
};

/** First folder below `src/`, or `.` for a file directly in it; `undefined` for a file that lies elsewhere. */
function folderOf(relative) {
  const [first, ...rest] = relative.split(path.sep);
  if (first === '..') return undefined;
  return rest.length > 0 ? first : '.';
}

function judgeFile({ folders = [], typesOf = [], filesOf = {} }, from, relative, typeOnly) {
  const to = folderOf(relative);
  if (to === undefined) return { messageId: 'outside' };
  if (to === from || folders.includes(to)) return undefined;
  if (typesOf.includes(to)) return typeOnly ? undefined : { messageId: 'types', data: { to } };
  const files = filesOf[to];
  if (files === undefined) return { messageId: 'folder', data: { to } };
  return files.includes(path.basename(relative))
    ? undefined
    : { messageId: 'file', data: { to, files: files.join(', ') } };
}

function judgePackage({ packages }, specifier) {
  return packages === undefined || packages.includes(packageOf(specifier)) ? undefined : { messageId: 'package' };
}

/** `@scope/name/file` -> `@scope/name`; a built-in module is named with its `node:`. */
function packageOf(specifier) {
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? specifier : `node:${specifier}`;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
