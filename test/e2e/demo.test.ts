import { spawn } from 'node:child_process';
import { join } from 'node:path';

jest.setTimeout(300_000);

const REPOSITORY = join(__dirname, '../..');

/** As a person starts it, but with servers of its own and no terminal. */
async function demo(...args: string[]): Promise<{ code: number | null; said: string }> {
  const { RABBITMQ_URL: _r, REDIS_URL: _s, OPENAI_API_KEY: _k, NODE_ENV: _n, ...env } = process.env;
  const child = spawn(process.execPath, [join(REPOSITORY, 'scripts/demo.mjs'), ...args], {
    cwd: REPOSITORY,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, said };
}

test('the demo runs documents through a real n8n and ends with a table whose figures are right', async () => {
  const { code, said } = await demo('--once', '--documents', '20');
  expect({ code, said }).toMatchObject({
    code: 0,
    said: expect.stringMatching(/dispatched[\s\S]*duplicates[\s\S]*dead-lettered/i) as string,
  });
});
