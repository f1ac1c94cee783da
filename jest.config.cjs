/** Loads Node's http by import(), which Jest cannot do in what it has not made CommonJS itself. */
const LOADS_LATE = '@opentelemetry/otlp-exporter-base/';

const project = (name, extra = {}) => ({
  displayName: name,
  rootDir: __dirname,
  testEnvironment: '<rootDir>/test/support/jestEnvironment.cjs',
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  transform: { '^.+\\.(ts|mjs)$': '@swc/jest', [`${LOADS_LATE}.+\\.js$`]: '@swc/jest' },
  transformIgnorePatterns: [`/node_modules/(?!${LOADS_LATE})`],
  modulePathIgnorePatterns: ['<rootDir>/dist/package.json'],
  ...extra,
});

module.exports = {
  projects: [
    project('unit'),
    project('integration', {
      setupFilesAfterEnv: ['<rootDir>/test/integration/patience.ts'],
      globalSetup: '<rootDir>/test/integration/globalSetup.ts',
      globalTeardown: '<rootDir>/test/integration/globalTeardown.ts',
    }),
    project('e2e'),
  ],
};
