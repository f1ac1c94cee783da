import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { repository } from './setup/prepare.mjs';
import { endWith } from './setup/tool.mjs';

/** The benches of docs/benchmarks.md and docs/scaling.md, each measured by itself on a machine that should have nothing else to do: an hour. */
const BENCHES = ['host', 'engine', 'dispatch', 'webhook', 'budget', 'growth', 'workers', 'drain'];
const FOLDER = join(repository, 'docs', 'figures');

/** The last line that a bench prints with --json. */
async function resultOf(bench) {
  const script = join(repository, 'scripts', 'bench.mjs');
  const running = spawn(process.execPath, [script, bench, '--json'], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  running.stdout.setEncoding('utf8').on('data', (text) => (printed += text));
  const code = await new Promise((end) => running.on('close', end));
  if (code !== 0) throw new Error(`The bench ${bench} ended with ${code}:\n${printed}`);
  return JSON.parse(printed.trim().split('\n').at(-1));
}

async function main(names) {
  mkdirSync(FOLDER, { recursive: true });
  for (const bench of names.length > 0 ? names : BENCHES) {
    const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim()}`;
    const date = new Date().toISOString().slice(0, 10);
    const measured = { date, machine, command: `npm run bench -- ${bench} --json` };
    const figures = { ...measured, result: await resultOf(bench) };
    writeFileSync(join(FOLDER, `${bench}.json`), `${JSON.stringify(figures, null, 2)}\n`);
    console.log(`${bench}: ${JSON.stringify(figures.result.ratios ?? figures.result)}`);
  }
  console.log('npm run docs draws docs/benchmarks.md from them.');
  return 0;
}

await endWith(main(process.argv.slice(2)));
