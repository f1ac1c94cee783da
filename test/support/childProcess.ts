import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

export interface ChildSpec {
  /** What error messages call it. */
  name: string;
  command: string;
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number;
  gid?: number;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  isRunning(): boolean;
  /** The last lines it wrote, standard output and error together. */
  log(): string;
  waitForLine(pattern: RegExp, timeoutMs: number): Promise<string>;
  /** Asks a foreign process over and over: it has no event to offer. Fails at once when it exits. */
  waitUntil(ready: () => Promise<boolean>, timeoutMs: number, what: string): Promise<void>;
  /** SIGTERM, then SIGKILL after `graceMs`. May be called twice, and after the end. */
  stop(graceMs?: number): Promise<ChildExit>;
  /** SIGKILL at once, as a crash. Its own children are dead as well when it comes back. */
  killHard(): Promise<ChildExit>;
}

const KEPT_LINES = 400;
const running = new Set<number>();

// A crash of the test run must not leave servers behind: the kernel tells them on Linux, this does elsewhere.
process.on('exit', () => running.forEach((pid) => signal(-pid, 'SIGKILL')));

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Already gone, which is what was wanted.
  }
}

/** Of children that are killed and not gone yet: what they hold, such as memory that they share, keeps a next start from beginning. */
const GROUP_LIMIT_MS = 5000;

async function emptyGroup(pid: number): Promise<void> {
  const isThere = () => {
    try {
      return process.kill(-pid, 0);
    } catch {
      return false;
    }
  };
  const until = Date.now() + GROUP_LIMIT_MS;
  while (isThere() && Date.now() < until) await delay(10);
}

const SETPRIV = '/usr/bin/setpriv';
const dieWithParent = (command: string, args: readonly string[]): [string, string[]] =>
  process.platform === 'linux' && existsSync(SETPRIV)
    ? [SETPRIV, ['--pdeathsig', 'TERM', command, ...args]]
    : [command, [...args]];

export async function startChild(spec: ChildSpec): Promise<Child> {
  const [command, args] = dieWithParent(spec.command, spec.args ?? []);
  const child = spawn(command, args, {
    env: spec.env ?? process.env,
    cwd: spec.cwd,
    uid: spec.uid,
    gid: spec.gid,
    // A group of its own: Ctrl-C reaches only us, who stop things in order, and its own children can be swept.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  const read = (stream: Readable) =>
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      listeners.forEach((listener) => listener(line));
    });
  read(child.stdout);
  read(child.stderr);

  let exit: ChildExit | undefined;
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signalName) => {
      exit = { code, signal: signalName };
      if (child.pid) {
        signal(-child.pid, 'SIGKILL');
        running.delete(child.pid);
      }
      resolve(exit);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) =>
      reject(new Error(`${spec.name} cannot be started: ${cause.message}`, { cause })),
    );
  });
  const pid = child.pid as number;
  running.add(pid);

  const log = () => lines.join('\n');
  const fault = (what: string) => new Error(`${spec.name} ${what}\n${log()}`);
  const ended = ({ code, signal: by }: ChildExit) => fault(`ended (${by ?? code})`);

  return {
    name: spec.name,
    pid,
    exited,
    isRunning: () => exit === undefined,
    log,
    waitForLine: (pattern, timeoutMs) =>
      new Promise((resolve, reject) => {
        const known = lines.find((line) => pattern.test(line));
        if (known !== undefined) return resolve(known);
        const finish = (act: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          act();
        };
        const look = (line: string) => pattern.test(line) && finish(() => resolve(line));
        const timer = setTimeout(
          () => finish(() => reject(fault(`did not write ${pattern} within ${timeoutMs} ms`))),
          timeoutMs,
        );
        listeners.add(look);
        void exited.then((how) => finish(() => reject(ended(how))));
      }),
    async waitUntil(ready, timeoutMs, what) {
      const deadline = Date.now() + timeoutMs;
      while (!(await ready().catch(() => false))) {
        if (exit) throw ended(exit);
        if (Date.now() > deadline) throw fault(`was not ${what} within ${timeoutMs} ms`);
        await delay(50);
      }
    },
    async stop(graceMs = 15_000) {
      if (exit) return exit;
      signal(pid, 'SIGTERM');
      const timer = setTimeout(() => signal(pid, 'SIGKILL'), graceMs);
      return await exited.finally(() => clearTimeout(timer));
    },
    async killHard() {
      if (!exit) signal(pid, 'SIGKILL');
      const how = await exited;
      await emptyGroup(pid);
      return how;
    },
  };
}
