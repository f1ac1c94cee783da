import type { Delivery, Outgoing } from './message';
import { nextSpan, readTraceparent } from './trace';
import type { AdmitVerdict, RunVerdict, SettleVerdict, Task } from './verdicts';

/** What a process tells a collector of its work. Nothing of it throws, waits for a collector, or carries a payload. */
export interface Telemetry {
  /** Spans are recorded here: what is sent has a span of its own, whose parent its message names. */
  readonly tracing: boolean;
  /** Sends a message, with the span of its sending as its traceparent. */
  sent(message: Outgoing, send: (message: Outgoing) => Promise<void>): Promise<void>;
  /**
   * Works on a delivery until it is let go. What follows from it belongs to the span of this work: the run, its children, its copies and its
   * dead letter.
   *
   * @param work resolves with undefined when the broker has the delivery again
   */
  processed(
    delivery: Delivery,
    queue: string,
    work: (delivery: Delivery, processing: Processing) => Promise<SettleVerdict | undefined>,
  ): Promise<SettleVerdict | undefined>;
  chat(call: ChatCall): Chat;
  /** Sends what is gathered. Does not wait long, and not at all for a collector that is away. */
  flush(): Promise<void>;
}

/** The work on a delivery, under way. */
export interface Processing {
  admitted(task: Task, verdict: AdmitVerdict): void;
  ran(verdict: RunVerdict): void;
}

/** A call of a model that waits for its budget. */
export interface ChatCall {
  readonly model: string;
  readonly provider: string;
  readonly budget: string;
  /** Of the delivery whose run asks. */
  readonly traceparent: string | undefined;
}

/** A call of a model, from its wait to its end. */
export interface Chat {
  /** @param waitedFor what was in the way of this request, when something was */
  granted(waitedMs: number, waitedFor: string | undefined): void;
  /** An attempt failed, and the model waits to ask again. @param type as of `failed` */
  repeats(type: string): void;
  /** The model is not asked, or not again. @param why a word, never a text */
  refused(why: string): void;
  /** @param usage what the provider counted, when it told */
  ended(usage: Usage | undefined): void;
  /** @param type a status, a code or the name of the error, never its text */
  failed(type: string): void;
}

export interface Usage {
  readonly input: number;
  readonly output?: number | undefined;
}

const nothing = (): void => undefined;
export const NO_PROCESSING: Processing = { admitted: nothing, ran: nothing };
export const NO_CHAT: Chat = {
  granted: nothing,
  repeats: nothing,
  refused: nothing,
  ended: nothing,
  failed: nothing,
};

export const NO_TELEMETRY: Telemetry = {
  tracing: false,
  sent: (message, send) => send(message),
  processed: (delivery, _queue, work) => work(delivery, NO_PROCESSING),
  chat: () => NO_CHAT,
  flush: () => Promise.resolve(),
};

let current: Telemetry | undefined = NO_TELEMETRY;
let begin: () => Telemetry = () => NO_TELEMETRY;

/** Of this copy of the pack in this process; begun by the first who asks. */
export function telemetry(): Telemetry {
  return (current ??= begin());
}

/** @param how asked once, when something is to be told for the first time */
export function provideTelemetry(how: () => Telemetry): void {
  begin = how;
  current = undefined;
}

/**
 * The traceparent that something sent in a span is to name. Where spans are recorded it is the span itself, the parent of the sending;
 * else a span of its own that nobody records, so that those who read the header still see one trace. What is no traceparent is as good as none.
 */
export function traceToSend(traceparent: string | undefined): string | undefined {
  return telemetry().tracing ? readTraceparent(traceparent) : nextSpan(traceparent);
}
