import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import { defineConfig, globalIgnores } from 'eslint/config';
import n8nNodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

const community = n8nCommunityNodesPlugin.configs.recommendedWithoutN8nCloudSupport;

/** eslint-plugin-n8n-nodes-base still ships configs of the old shape: only their rules can be taken over. */
const nodesBase = (name) => ({
  plugins: { 'n8n-nodes-base': n8nNodesBase },
  rules: n8nNodesBase.configs[name].rules,
});

const only = (room, name) => ({ name, message: `Only src/${room} imports ${name}.` });

/** What test/unit/law.test.ts keeps in full, shown while typing. */
const engineImports = (...allowed) => [
  'error',
  {
    paths: [
      only('broker', 'amqplib'),
      only('store', 'ioredis'),
      only('payload', 'pg'),
      only('payload', 'aws4'),
    ].filter(({ name }) => !allowed.includes(name)),
    patterns: [
      ...(allowed.includes('@opentelemetry')
        ? []
        : [{ group: ['@opentelemetry/*'], message: 'Only src/telemetry imports OpenTelemetry.' }]),
      {
        group: ['n8n-*', '@n8n/*', '**/nodes/**', '**/credentials/**'],
        message: 'The engine knows nothing of n8n.',
      },
    ],
  },
];

export default defineConfig(
  globalIgnores(['dist/', 'coverage/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
        { selector: 'ExportSpecifier[exported.name="default"]', message: 'Export by name.' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // `const { secret: _dropped, ...rest } = all` is how a field is left out.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { varsIgnorePattern: '^_', argsIgnorePattern: '^_' },
      ],
      // Numbers in messages are what templates are for.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Off: `() => server.close()` and `return reply(404)` say in one line what happens and that it is the end.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Off: what comes from a broker, a person or n8n is often less complete than its type says; guards against that are wanted.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Off: interfaces write functions as methods, and what is taken apart here are objects made of closures.
      '@typescript-eslint/unbound-method': 'off',
      // Off: `async` without `await` turns a throw into a rejection, which is what a caller of a promise expects.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-console': 'error', 'no-restricted-imports': engineImports() },
  },
  {
    files: ['src/broker/**/*.ts'],
    rules: { 'no-restricted-imports': engineImports('amqplib') },
  },
  {
    files: ['src/store/**/*.ts'],
    rules: { 'no-restricted-imports': engineImports('ioredis') },
  },
  {
    files: ['src/telemetry/**/*.ts'],
    rules: { 'no-restricted-imports': engineImports('@opentelemetry') },
  },
  {
    files: ['src/payload/**/*.ts'],
    rules: { 'no-restricted-imports': engineImports('pg', 'aws4') },
  },
  {
    // The program for operators speaks on the terminal.
    files: ['src/cli/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Off: Jest's matchers, such as expect.stringMatching(), are typed any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  {
    files: ['nodes/**/*.ts'],
    extends: [community, nodesBase('nodes')],
    rules: {
      // Off: rooms throw errors of the engine; nodes/shared/nodeError.ts turns them into node errors, in one place.
      '@n8n/community-nodes/require-node-api-error': 'off',
      // Off: looks for an icon inside of the class; ours stands in description.ts, and test/integration/package.test.ts looks at the files.
      '@n8n/community-nodes/icon-validation': 'off',
      // Off: does not see defaults that are taken from the engine; the type INodeProperties asks for one anyway.
      'n8n-nodes-base/node-param-default-missing': 'off',
      // Off: want ['main'], where @n8n/community-nodes/node-connection-type-literal wants NodeConnectionTypes.
      'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
      'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
    },
  },
  {
    files: ['nodes/*/description.ts'],
    rules: {
      // Off: expects the description in X.node.ts, which here is glue alone.
      'n8n-nodes-base/node-filename-against-convention': 'off',
    },
  },
  {
    files: ['credentials/**/*.ts'],
    extends: [community, nodesBase('credentials')],
    rules: {
      // Off: looks for `testedBy` inside of X.node.ts; ours stands in description.ts.
      '@n8n/community-nodes/credential-test-required': 'off',
      // Off: the names a person reads are "Agent Swarm RabbitMQ" and "Agent Swarm Redis"; neither is an API.
      'n8n-nodes-base/cred-class-field-display-name-missing-api': 'off',
      // Off: for n8n's own repository, where the field is a slug; here cred-class-field-documentation-url-not-http-url holds.
      'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
    },
  },
  {
    files: ['package.json'],
    extends: [community, nodesBase('community')],
    languageOptions: {
      // Both plugins read JSON as the expression that this parser makes of it.
      parser: tseslint.parser,
      parserOptions: { extraFileExtensions: ['.json'] },
    },
    rules: {
      // Off: a queue and a store cannot be spoken to without their clients, and n8n brings none that a pack may use.
      '@n8n/community-nodes/no-runtime-dependencies': 'off',
      // Off: they hold in this checkout alone; npm ignores the overrides of a package that is installed.
      '@n8n/community-nodes/no-overrides-field': 'off',
      // Off: the package has no address of its own; the registry shows its README.
      '@n8n/community-nodes/require-homepage': 'off',
    },
  },
  {
    files: ['**/*.{js,cjs,mjs}'],
    languageOptions: { ecmaVersion: 2024 },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-unused-vars': 'error',
      'prefer-const': 'error',
    },
  },
);
