import { performance } from 'node:perf_hooks';

/** Where a side finds its servers, and how much it may have in hand. */
export interface Place {
  readonly brokerUrl: string;
  readonly storeUrl: string;
  /** Messages in hand at once: prefetch of a consumer, concurrency of a worker. */
  readonly inHand: number;
}

/** One of those that are compared. */
export interface Side {
  /** Makes a queue, so that it can be filled before anybody consumes. */
  declare(queue: string): Promise<void>;
  /** Works until so many messages are acked, or completed; each is new and takes no time. Bears the clock's own cost alone. */
  work(queue: string, messages: number, clock: Clock): Promise<void>;
}

export interface Taken {
  readonly ms: number;
  /** Of this process alone. */
  readonly cpuMs: number;
}

/** Runs from the first consume to the last ack. */
export class Clock {
  private began: { at: number; cpu: NodeJS.CpuUsage } | undefined;
  private read: Taken | undefined;

  start(): void {
    this.began = { at: performance.now(), cpu: process.cpuUsage() };
  }

  stop(): void {
    if (!this.began) throw new Error('the clock never started');
    const { user, system } = process.cpuUsage(this.began.cpu);
    this.read = { ms: performance.now() - this.began.at, cpuMs: (user + system) / 1000 };
  }

  get taken(): Taken {
    if (!this.read) throw new Error('the clock never stopped');
    return this.read;
  }
}
