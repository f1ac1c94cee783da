import type { BudgetedCall, Chat, Waits } from '../../src/index';
import type { Failure } from './failure';
import type { ModelRequest } from './request';
import type { Entry } from './view';

/** A call of the model, from its wait to its end. */
export interface Passage {
  readonly request: ModelRequest;
  readonly entry: Entry;
  readonly chat: Chat;
  /** None while it waits. */
  call?: BudgetedCall | undefined;
  waitedMs: number;
  waitedFor?: Waits | undefined;
  requests: number;
  /** The error of the request before this one, when the model tries again by itself. */
  before?: unknown;
}

/** How long a run waits for the budget to take note of an end, ms; it is told in any case. */
const NOTE_MS = 2000;

/** Tells the budget what the error of a request comes to. */
export async function settle(call: BudgetedCall, failure: Failure): Promise<void> {
  switch (failure.kind) {
    case 'pushed_back':
      return await call.pushedBack(failure.retryAfterMs);
    case 'not_sent':
      return await call.notSent();
    case 'refused':
      return await call.end({ input: 0, output: 0, ok: false });
    case 'unknown':
      return await call.end({ ok: false });
  }
}

/** The next call finds what this one gave back; but a store that is away is not waited for. */
export async function noted(told: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, NOTE_MS)));
  await Promise.race([told, late]);
  clearTimeout(timer);
}

/** Models wrap what their attempts threw. */
export function isSame(error: unknown, earlier: unknown): boolean {
  return error === earlier || (error as { cause?: unknown } | null)?.cause === earlier;
}

/** Tokens as items show them. */
export function tokensShown({ input, output }: { input?: number; output?: number }) {
  return {
    ...(input !== undefined && { input_tokens: input }),
    ...(output !== undefined && { output_tokens: output }),
  };
}

/** What was in the way of a call that waited. */
export function reasonOf(waitedFor: Waits | undefined): string | undefined {
  return waitedFor?.kind === 'wait' ? waitedFor.constraint : waitedFor?.kind;
}

/** For the execution view: names and units as the operations of Budget have them. */
export function factsOf({ call, waitedMs, waitedFor, requests }: Passage) {
  const reason = reasonOf(waitedFor);
  return {
    waited_seconds: waitedMs / 1000,
    ...(reason !== undefined && { waited_for: reason }),
    reserved: tokensShown(call?.reservation.reserved ?? { input: 0, output: 0 }),
    ...(requests !== 1 && { requests }),
  };
}
