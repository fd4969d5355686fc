import path from 'node:path';
import { defineConfig } from 'eslint/config';
import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import tseslint from 'typescript-eslint';
import { importArrows } from './scripts/lint/import-arrows.js';

/** What runs in the workflow sandbox: pure rules, messages, and the workflows themselves. */
const SANDBOXED = ['src/domain/**', 'src/contracts/**', 'src/workflows/**'];

const WORKFLOW_PACKAGES = ['@temporalio/common', '@temporalio/workflow'];

/**
 * Who may import whom in `src/`. Arrows run from the rules outwards and never in a circle. The pure layers at the bottom
 * (`domain`, `contracts`) may be imported from anywhere above them, except where a folder stands alone on purpose.
 *
 * @type {Record<string, import('./scripts/lint/import-arrows.js').Arrows>}
 */
const ARROWS = {
  domain: { packages: ['@noble/hashes'] },
  contracts: { folders: ['domain'], packages: WORKFLOW_PACKAGES },
  // Activities run in another process; only their signatures reach the workflow.
  workflows: { folders: ['domain', 'contracts'], typesOf: ['activities'], packages: WORKFLOW_PACKAGES },
  graph: { folders: ['domain'] },
  // A plan that nobody knows is answered with the one that was probably meant, as in the configuration.
  activities: {
    folders: ['domain', 'contracts', 'graph'],
    filesOf: { config: ['near-miss.js'], client: ['in-parallel.js'] },
  },
  // Ways to tell people, behind a port of the activities.
  notices: { folders: ['domain', 'contracts', 'graph'], typesOf: ['activities'] },
  // Where the audit trail is kept, behind a port of the activities.
  audit: {
    folders: ['domain', 'contracts'],
    typesOf: ['activities'],
    // One process at a time owns a folder, here as in a stack.
    filesOf: { embedded: ['folder-lock.js'] },
  },
  // What people keep and mail on: a page made of what the client tells.
  report: { folders: ['domain', 'contracts'] },
  // A column that nobody knows is answered with the one that was probably meant.
  client: { folders: ['domain', 'contracts'], filesOf: { config: ['near-miss.js'] } },
  // What travels through Temporal, encrypted; knows nothing of what it says.
  codec: {},
  // One schema for all processes: it knows the shapes of others and runs none of their code.
  config: { typesOf: ['domain', 'graph', 'codec'] },
  // For Prometheus: what this process did, and what others tell when they are asked.
  metrics: { folders: ['domain', 'contracts', 'client'], typesOf: ['graph'] },
  worker: {
    folders: [
      'domain',
      'contracts',
      'client',
      'workflows',
      'activities',
      'graph',
      'notices',
      'audit',
      'codec',
      'metrics',
      'config',
    ],
  },
  // A second opinion on Microsoft Graph: whatever it shared with us would share our mistakes.
  simulator: {},
  embedded: { folders: ['worker', 'config', 'simulator'] },
  // Who somebody is and what they may see and do: rules about what the client shows, and sign-in by the book.
  'sign-in': { folders: ['domain', 'contracts'] },
  // What a program can do, as HTTP: the client library behind routes that say who may call them.
  api: { folders: ['domain', 'contracts', 'client', 'sign-in'] },
  // Pages for people, made on the server of what the client tells.
  console: { folders: ['domain', 'contracts', 'client', 'report', 'sign-in'] },
  // The process that serves all of it.
  web: {
    folders: ['client', 'codec', 'config', 'sign-in', 'api', 'console'],
    filesOf: { worker: ['log.js', 'stop-request.js'] },
  },
  // What a person can do goes through the client; the simulator is steered from outside like a real tenant.
  cli: {
    folders: ['domain', 'contracts', 'client', 'report', 'codec', 'config', 'worker', 'embedded', 'web'],
    filesOf: { simulator: ['control-client.js'] },
  },
};

export default defineConfig(
  { ignores: ['dist/', 'coverage/', '.licenseflow/', 'test/fixtures/import-cycle/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: {
      ...importX.flatConfigs.typescript.settings,
      'import-x/resolver-next': [createTypeScriptImportResolver()],
    },
    rules: {
      eqeqeq: 'error',
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-self-import': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-deprecated': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // An interface may ask for a promise where one implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
    },
  },

  {
    files: ['src/**/*.ts'],
    plugins: { 'import-x': importX, licenseflow: { rules: { 'import-arrows': importArrows } } },
    rules: {
      'licenseflow/import-arrows': ['error', { root: path.join(import.meta.dirname, 'src'), arrows: ARROWS }],
      // The production image has no devDependencies.
      'import-x/no-extraneous-dependencies': ['error', { devDependencies: false }],
    },
  },

  {
    // One sandbox serves many workflows, so what a module keeps is seen by all of them.
    files: SANDBOXED,
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration[kind!="const"]',
          message: 'A variable of the module would be shared between workflows: keep state inside the workflow.',
        },
        {
          selector:
            ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration > VariableDeclarator > NewExpression[callee.name=/^(Weak)?(Map|Set)$/][arguments.length=0]',
          message: 'An empty collection of the module is shared state: keep it inside the workflow.',
        },
      ],
    },
  },

  {
    files: ['**/*.js'],
    extends: [tseslint.configs.base],
    rules: { eqeqeq: 'error', 'no-undef': 'off', 'no-unused-vars': 'error' },
  },
);
