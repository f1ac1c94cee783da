import type { INode, NodeOperationError } from 'n8n-workflow';

import {
  telemetry,
  type BudgetedCall,
  type BudgetLimits,
  type CallOptions,
  type CallVerdict,
  type ChatCall,
  type Waits,
} from '../../src/index';
import { nodeErrorOf } from '../shared/nodeError';
import { hasBegun, noteBegun } from './begunRuns';
import { errorType, readFailure } from './failure';
import type { LlmResult } from './langchain';
import { factsOf, isSame, noted, reasonOf, settle, tokensShown, type Passage } from './passage';
import { endedBefore, refusalError } from '../shared/budgetRefusal';
import type { ModelRequest } from './request';
import type { GateSettings } from './settings';
import { readUsage } from './usage';
import type { View } from './view';

/** The budgets, as the gate asks them. */
export interface Desk {
  begin(options: CallOptions): Promise<CallVerdict>;
  /** Of a budget, for the wording of an error. */
  limitsOf(budget: string): Promise<BudgetLimits | undefined>;
}

export interface GateTerms {
  readonly node: INode;
  readonly settings: GateSettings;
  /** This execution, and the one that called it. */
  readonly executions: readonly string[];
  /** Answers of this node, whatever the model: what is learned is kept by it. */
  readonly learn: string;
  readonly cancelled: AbortSignal | undefined;
  /** For telemetry: whose model it is, and of which trace. */
  readonly told?: Pick<ChatCall, 'provider' | 'traceparent'>;
}

const NOBODY = { provider: 'unknown', traceparent: undefined };

/**
 * What every call of one model passes. Calls are known by the id that LangChain gives each of them. One whose end is never told, such as
 * a stream that nobody read to its end, ends with the node that the model serves, at the latest.
 */
export class Gate {
  private readonly passages = new Map<string, Passage>();
  private readonly closing = new AbortController();

  constructor(
    private readonly desk: Desk,
    private readonly terms: GateTerms,
    private readonly view: View,
  ) {
    if (terms.cancelled?.aborted) this.close();
    terms.cancelled?.addEventListener('abort', this.close, { once: true });
  }

  /**
   * Waits for the budget. The same id again is the same call.
   *
   * @throws NodeOperationError when the model must not be asked
   */
  async enter(id: string, request: ModelRequest): Promise<void> {
    if (this.passages.has(id)) return;
    const { budget } = this.terms.settings;
    const entry = this.view.enter({
      budget,
      model: request.model,
      estimated: tokensShown(request),
    });
    const { told = NOBODY } = this.terms;
    const chat = telemetry().chat({ model: request.model, budget, ...told });
    const passage: Passage = { request, entry, chat, waitedMs: 0, requests: 1 };
    this.passages.set(id, passage);
    try {
      passage.call = await this.begin(passage);
    } catch (error) {
      this.passages.delete(id);
      entry.refused(error as NodeOperationError);
      throw error;
    }
  }

  async end(id: string, result: LlmResult): Promise<void> {
    const passage = this.take(id);
    if (!passage?.call) return;
    const used = readUsage(result, passage.request, this.terms.settings.charsPerToken);
    const { by, ...usage } = used;
    passage.entry.ended({ ...factsOf(passage), used: { ...tokensShown(usage), counted_by: by } });
    passage.chat.ended(by === 'provider' ? usage : undefined);
    await noted(passage.call.end({ ...usage, ok: true }));
  }

  /** The call failed for good. */
  async fail(id: string, error: unknown): Promise<void> {
    const passage = this.take(id);
    if (!passage?.call) return;
    // After its last attempt nothing was sent any more.
    const repeated = passage.before !== undefined && isSame(error, passage.before);
    const failure = repeated ? ({ kind: 'not_sent' } as const) : readFailure(error);
    if (repeated) passage.requests -= 1;
    passage.chat.failed(errorType(error));
    passage.entry.ended({ ...factsOf(passage), failed: failure.kind });
    await noted(settle(passage.call, failure));
  }

  /**
   * An attempt failed, and the model makes another by itself: one more request, which waits as all do. Which call it belongs to is not
   * told; of several calls of one model at once it may be another, and then their figures are exchanged.
   *
   * @param most attempts more than one that the model makes: after the last of them nothing is sent, and nothing is waited for
   */
  async repeat(error: unknown, most: number): Promise<void> {
    const passage = [...this.passages.values()].find(({ call }) => call);
    if (!passage?.call || passage.requests > most) return;
    const { call } = passage;
    const failure = readFailure(error);
    passage.call = undefined;
    passage.chat.repeats(errorType(error));
    await noted(settle(call, failure));
    passage.call = await this.begin(passage);
    passage.requests += 1;
    passage.before = error;
  }

  /** Nobody waits for what is still under way. May be called twice. */
  readonly close = (): void => {
    this.terms.cancelled?.removeEventListener('abort', this.close);
    this.closing.abort();
    for (const [id, passage] of this.passages) {
      if (!passage.call) continue;
      this.passages.delete(id);
      passage.entry.ended({ ...factsOf(passage), failed: 'no end was told' });
      passage.chat.failed('no_end');
      void passage.call.end({ ok: false });
    }
  };

  private async begin(passage: Passage): Promise<BudgetedCall> {
    const { node, settings, executions } = this.terms;
    const { budget } = settings;
    let verdict: CallVerdict;
    const wait: { for?: Waits } = {};
    const onWait = (why: Waits) => (wait.for = passage.waitedFor = why);
    try {
      verdict = await this.desk.begin({ ...this.options(passage), onWait });
    } catch (error) {
      const { aborted } = this.closing.signal;
      passage.chat.refused(aborted ? 'ended_before' : 'unavailable');
      throw aborted ? endedBefore(node, budget) : nodeErrorOf(node, error);
    }
    if (verdict.kind === 'begun') {
      noteBegun(executions);
      passage.waitedMs += Math.round(verdict.call.waitedMs);
      passage.chat.granted(verdict.call.waitedMs, reasonOf(wait.for));
      return verdict.call;
    }
    passage.chat.refused(verdict.kind);
    const limits = await this.desk.limitsOf(budget).catch(() => undefined);
    throw refusalError(node, budget, verdict, limits);
  }

  private options(passage: Passage): CallOptions {
    const { settings, executions, learn } = this.terms;
    const { budget, reserve, tenant, longestMs, limitsIfNew } = settings;
    const { input, output, model } = passage.request;
    const begun = hasBegun(executions);
    return {
      budget,
      ask: { input, output, reserve, tenant, begun, learn: `${learn}:${model}`.slice(0, 1000) },
      longestMs,
      limitsIfNew,
      signal: this.closing.signal,
    };
  }

  private take(id: string): Passage | undefined {
    const passage = this.passages.get(id);
    this.passages.delete(id);
    return passage;
  }
}
