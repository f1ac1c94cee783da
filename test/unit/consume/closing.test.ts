import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(__dirname, '../../..');

/** A host that listens for SIGTERM once, as n8n does, and closes consumers of these drain times at these times, ms. */
async function drainTimes(asked: { toEnd: boolean }): Promise<unknown> {
  const script = `
    const { drainTime, watchForShutdown } = require('./src/consume/closing.ts');
    const close = () => {
      const times = [[20_000, 0], [20_000, 15_000], [2000, 15_000], [20_000, 21_000]];
      process.stdout.write(JSON.stringify(times.map((each) => drainTime(...each))));
    };
    process.once('SIGTERM', () => close());
    watchForShutdown();
    watchForShutdown();
    if (${asked.toEnd}) {
      setTimeout(() => undefined, 1000);
      process.kill(process.pid, 'SIGTERM');
    } else close();
  `;
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '-e', script], { cwd: ROOT });
  return JSON.parse(stdout);
}

test('each consumer that closes while the process lives on may drain for its whole time', async () => {
  expect(await drainTimes({ toEnd: false })).toEqual([20_000, 20_000, 2000, 20_000]);
});

test('all that close once the process was asked to end share the time of the first', async () => {
  expect(await drainTimes({ toEnd: true })).toEqual([20_000, 5000, 2000, 0]);
});
