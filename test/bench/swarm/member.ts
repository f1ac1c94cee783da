import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { Member, News } from './asks';

/** A process with a consumer, which may be killed and started again. */
export class MemberProcess {
  private child: ChildProcess | undefined;

  constructor(
    private readonly member: Member,
    private readonly hear: (news: News, from: MemberProcess) => void,
  ) {}

  async start(): Promise<void> {
    const child = fork(join(__dirname, 'memberHost.ts'), [JSON.stringify(this.member)], {
      execArgv: ['--import', 'tsx'],
      // Standard output is the result's alone.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      child.on('message', (news: News) => {
        if (news.kind === 'ready') resolve();
        else this.hear(news, this);
      });
      child.once('exit', (code) => reject(new Error(`${this.member.role} ended (${code})`)));
    });
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
}
