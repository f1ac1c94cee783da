import { beginCall } from '../../../src/budget/call';
import type { BudgetDesk } from '../../../src/budget/desk';
import { pause } from '../../../src/contract/patience';
import type { DeliveryItem, RunHost } from '../../../src/contract/run';
import type { RunEnd } from '../../../src/contract/verdicts';
import { CAP_TOKENS, type Gate, type Scenario } from './scenario';

type Answered =
  | { readonly kind: 'answered'; readonly input: number; readonly output: number }
  | { readonly kind: 'refused'; readonly retryAfterMs?: number };

/** What n8n's "Retry On Fail" does by default, where nothing waits for a budget. */
const TRIES = 3;
const BETWEEN_TRIES_MS = 1000;

/** A workflow whose only node calls a model once: behind the gate of a budget, or without one. */
export class CallingHost implements RunHost {
  constructor(
    private readonly scenario: Scenario,
    private readonly url: string,
    private readonly desk: BudgetDesk,
  ) {}

  async start([item]: readonly DeliveryItem[]): Promise<RunEnd> {
    const { gate, name } = this.scenario;
    const task = item?.task_id ?? '';
    try {
      return gate ? await this.gated(task, gate) : await this.ungated(task);
    } catch (error) {
      console.error(name, task, error);
      return { kind: 'failed', error: { name: 'Error', message: String(error) } };
    }
  }

  private async gated(task: string, { reserve }: Gate): Promise<RunEnd> {
    const { name, answers } = this.scenario;
    const verdict = await beginCall(this.desk, {
      budget: name,
      ask: { input: answers.input, output: CAP_TOKENS, reserve, learn: 'bench' },
      longestMs: 600_000,
    });
    if (verdict.kind !== 'begun') throw new Error(`${name}: ${verdict.kind}`);
    const answered = await this.call(task);
    if (answered.kind === 'refused') {
      await verdict.call.pushedBack(answered.retryAfterMs);
      return refusal(answered.retryAfterMs);
    }
    const { input, output } = answered;
    await verdict.call.end({ input, output });
    return { kind: 'succeeded' };
  }

  private async ungated(task: string): Promise<RunEnd> {
    for (let tries = 1; ; tries += 1) {
      const answered = await this.call(task);
      if (answered.kind === 'answered') return { kind: 'succeeded' };
      if (tries === TRIES) return refusal(answered.retryAfterMs);
      await pause(BETWEEN_TRIES_MS);
    }
  }

  private async call(task: string): Promise<Answered> {
    const response = await fetch(`${this.url}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({
        model: 'stand-in',
        max_tokens: CAP_TOKENS,
        messages: [{ role: 'user', content: `task_id: ${task}` }],
      }),
    });
    const body = await response.json();
    if (response.status === 429) {
      const ms = response.headers.get('retry-after-ms');
      return { kind: 'refused', ...(ms !== null && { retryAfterMs: Number(ms) }) };
    }
    if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(body)}`);
    const { usage } = body as { usage: { prompt_tokens: number; completion_tokens: number } };
    return { kind: 'answered', input: usage.prompt_tokens, output: usage.completion_tokens };
  }
}

/** The trigger sends the task round and starts it again after a while. */
function refusal(retryAfterMs: number | undefined): RunEnd {
  const error = {
    name: 'NodeApiError',
    message: 'Too many requests',
    httpStatus: 429,
    retryAfterMs,
  };
  return { kind: 'failed', error };
}
