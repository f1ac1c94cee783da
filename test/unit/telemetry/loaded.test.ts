import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');

/** Loads what nodes load, asks for telemetry as a node does, and says what is there then. */
const ASK = `
  const pack = require('./src/index.ts');
  const before = Object.keys(require.cache).filter((path) => path.includes('@opentelemetry')).length;
  const telemetry = pack.telemetry();
  const packages = Object.keys(require.cache)
    .map((path) => /@opentelemetry.([a-z-]+)/.exec(path)?.[1])
    .filter(Boolean);
  const globals = Object.getOwnPropertySymbols(globalThis)
    .map(String)
    .filter((name) => name.includes('opentelemetry'));
  console.log(JSON.stringify({ before, packages: [...new Set(packages)], globals, tracing: telemetry.tracing }));
  process.exit();
`;

interface Loaded {
  /** Files of OpenTelemetry before anybody asked. */
  readonly before: number;
  readonly packages: readonly string[];
  readonly globals: readonly string[];
  readonly tracing: boolean;
}

function loadedWith(more: NodeJS.ProcessEnv): Loaded {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_'));
  const env = { ...Object.fromEntries(clean), ...more };
  const said = execFileSync(process.execPath, ['--import', 'tsx', '-e', ASK], { cwd: ROOT, env });
  return JSON.parse(said.toString()) as Loaded;
}

jest.setTimeout(60_000);

test('without an endpoint no file of OpenTelemetry is loaded', () => {
  expect(loadedWith({})).toEqual({ before: 0, packages: [], globals: [], tracing: false });
});

test('with one its packages are loaded by the first who asks, and nothing is registered globally', () => {
  const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:9';
  const { before, packages, globals, tracing } = loadedWith({ OTEL_EXPORTER_OTLP_ENDPOINT });
  expect(before).toBe(0);
  expect(packages).toEqual(expect.arrayContaining(['api', 'sdk-trace-base', 'sdk-metrics']));
  expect(globals).toEqual([]);
  expect(tracing).toBe(true);
});

test('with a broken address the pack goes on, and nothing is sent elsewhere', () => {
  const OTEL_EXPORTER_OTLP_ENDPOINT = 'not an address';
  expect(loadedWith({ OTEL_EXPORTER_OTLP_ENDPOINT })).toMatchObject({
    packages: [],
    tracing: false,
  });
});
