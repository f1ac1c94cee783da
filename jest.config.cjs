const project = (name, extra = {}) => ({
  displayName: name,
  rootDir: __dirname,
  testEnvironment: '<rootDir>/test/support/jestEnvironment.cjs',
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  transform: { '^.+\\.(ts|mjs)$': '@swc/jest' },
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
