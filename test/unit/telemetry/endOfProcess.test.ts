import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { startCollector, type CollectorServer } from '../../support/collector';

jest.setTimeout(60_000);

const ROOT = join(__dirname, '../../..');
/** A call that its budget refused is a span at once. */
const TELL = `
  const call = { model: 'm', provider: 'p', budget: 'b', traceparent: undefined };
  require('./src/index.ts').telemetry().chat(call).refused('too_late');
  process.stdout.write('told');
`;

let collector: CollectorServer;
let child: ChildProcess | undefined;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await collector.close();
});

/** Nothing is sent by time. */
async function started(script: string): Promise<ChildProcess> {
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_BSP_SCHEDULE_DELAY: '600000',
  };
  child = spawn(process.execPath, ['--import', 'tsx', '-e', script], { cwd: ROOT, env });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}

test('a process that ends by itself sends what is left, and ends', async () => {
  const ending = await started(TELL);
  const [code] = (await once(ending, 'exit')) as [number];
  expect(code).toBe(0);
  expect(collector.spans.map(({ name }) => name)).toEqual(['wait for budget']);
});

test('a host that is asked to end sends it before it is done', async () => {
  const host = await started(
    `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000); ${TELL}`,
  );
  host.kill('SIGTERM');
  await collector.until(({ spans }) => spans.length === 1);
});

test('a host that listens once, as n8n does, is ended by the second signal', async () => {
  const host = await started(
    `process.once('SIGTERM', () => undefined); setInterval(() => undefined, 1000); ${TELL}`,
  );
  host.kill('SIGTERM');
  await collector.until(({ spans }) => spans.length === 1);
  host.kill('SIGTERM');
  const [, signal] = (await once(host, 'exit')) as [unknown, string];
  expect(signal).toBe('SIGTERM');
});

test('a host that stopped listening is ended by the first', async () => {
  const host = await started(
    `const ended = () => undefined; process.on('SIGTERM', ended); setInterval(() => undefined, 1000); ${TELL}
    process.off('SIGTERM', ended);`,
  );
  host.kill('SIGTERM');
  const [, signal] = (await once(host, 'exit')) as [unknown, string];
  expect(signal).toBe('SIGTERM');
});

test('a process that listens to no signal is ended by one as before', async () => {
  const process = await started(`setInterval(() => undefined, 1000); ${TELL}`);
  process.kill('SIGTERM');
  const [, signal] = (await once(process, 'exit')) as [unknown, string];
  expect(signal).toBe('SIGTERM');
});
