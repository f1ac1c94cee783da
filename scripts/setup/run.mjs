import { spawn } from 'node:child_process';

const KEPT_LINES = 200;

/** Runs a program quietly; if it fails, the error carries the end of what it said. */
export async function run(command, args, options = {}) {
  const said = [];
  const keep = (bytes) => {
    said.push(...bytes.toString().split('\n'));
    said.splice(0, said.length - KEPT_LINES);
  };
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(status ?? signal));
  });
  if (code !== 0) {
    throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${said.join('\n').trim()}`);
  }
}

/** Runs a program with our terminal and returns its exit code. */
export async function runAloud(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(status ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

/** Without what an outer `npm run` says about its own package: an inner npm would take it for ours. */
const withoutOuterNpm = (env) =>
  Object.fromEntries(
    Object.entries(env).filter(
      ([name]) =>
        !/^npm_(package|lifecycle)_|^npm_config_(local|global)_prefix$|^INIT_CWD$/.test(name),
    ),
  );

/** The npm that started us, else the one on the PATH. */
export async function npm(args, { cwd, env = {} }) {
  const cli = process.env.npm_execpath;
  const [command, all] = cli?.endsWith('.js') ? [process.execPath, [cli, ...args]] : ['npm', args];
  await run(command, all, { cwd, env: { ...withoutOuterNpm(process.env), ...env } });
}
