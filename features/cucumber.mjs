/** Scenarios run one after the other against one host; the report is what features/coverage.ts reads. */
export default {
  language: 'zh-CN',
  paths: ['features/**/*.feature'],
  import: ['features/support/*.ts', 'features/steps/*.ts'],
  format: ['progress', 'message:features/.reports/cucumber.ndjson'],
};
