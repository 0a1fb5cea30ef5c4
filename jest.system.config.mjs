import config from './jest.config.mjs';

/** What needs more than npm brings, here Chromium: a test whose program is missing fails. One browser at a time. */
export default {
  ...config,
  testMatch: ['<rootDir>/test/system/**/*.test.ts'],
  maxWorkers: 1,
};
