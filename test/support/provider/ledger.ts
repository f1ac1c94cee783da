import { Watchers } from '../watchers';
import type { Api } from './ask';
import type { Refusal } from './limits';

/** One request as the provider saw it. */
export interface Call {
  /** Counted from 1, in the order of arrival. */
  number: number;
  /** Arrival and end, by the provider's clock; `endedAt` is missing while it runs. */
  at: number;
  endedAt?: number;
  /** When it got past all limits, and its work began. */
  admittedAt?: number;
  path: string;
  api?: Api;
  model?: string;
  stream: boolean;
  taskId?: string;
  /** Sent, or why nothing was sent: the provider dropped it, or the client went away. */
  status?: number | 'dropped' | 'aborted';
  /** Of a 429. */
  refusedBy?: Refusal | 'quota' | 'fault';
  retryAfterMs?: number;
  /** Charged, zero when refused. */
  inputTokens: number;
  outputTokens: number;
  toolCalls: number;
  /** What the client says about it: the SDK of OpenAI counts its own repetitions here. */
  clientRetry: number;
}

export class Ledger {
  readonly calls: Call[] = [];
  private readonly watchers = new Watchers(() => this.describe());

  constructor(private readonly now: () => number) {}

  open(path: string, clientRetry: number): Call {
    const call: Call = {
      number: this.calls.length + 1,
      at: this.now(),
      path,
      stream: false,
      inputTokens: 0,
      outputTokens: 0,
      toolCalls: 0,
      clientRetry,
    };
    this.calls.push(call);
    return call;
  }

  changed(): void {
    this.watchers.changed();
  }

  close(call: Call, status: Call['status']): void {
    call.status = status;
    call.endedAt = this.now();
    this.watchers.changed();
  }

  waitFor(predicate: (calls: readonly Call[]) => boolean, timeoutMs?: number): Promise<void> {
    return this.watchers.until(() => predicate(this.calls), timeoutMs);
  }

  stop(): void {
    this.watchers.stop();
  }

  private describe(): string {
    const ends = new Map<string, number>();
    for (const { status } of this.calls) {
      const end = String(status ?? 'running');
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    return `${this.calls.length} calls ${JSON.stringify(Object.fromEntries(ends))}`;
  }
}
