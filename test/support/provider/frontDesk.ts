import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, sendJson } from '../loopback';
import { readAsk, type Api, type Ask } from './ask';
import { seededChance, type Chance } from './chance';
import * as errors from './errors';
import { paceOf, sendReply } from './exchange';
import { FaultPlan } from './faults';
import { rateHeaders, retryHeaders } from './headers';
import { Ledger, type Call } from './ledger';
import { Limits, type Admission } from './limits';
import type { Fault, ProviderOptions } from './options';
import { composeReply } from './reply';

const APIS: Record<string, Api> = {
  '/v1/chat/completions': 'chat',
  '/v1/responses': 'responses',
};

/** One request from arrival to its end: key, form, quota, faults, limits, answer, in that order. */
export class FrontDesk {
  readonly ledger: Ledger;
  private readonly limits: Limits;
  private readonly chance: Chance;
  private readonly plan: FaultPlan;
  private paid = 0;

  constructor(private options: ProviderOptions) {
    const now = () => this.options.clock.now();
    this.ledger = new Ledger(now);
    this.limits = new Limits(() => this.options, now);
    this.chance = seededChance(options.seed);
    this.plan = new FaultPlan(this.chance);
  }

  configure(partial: Partial<ProviderOptions>): void {
    this.limits.settle();
    this.options = { ...this.options, ...partial };
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://provider').pathname;
    const call = this.ledger.open(path, Number(request.headers['x-stainless-retry-count'] ?? 0));
    const gone = new AbortController();
    response.once('close', () => {
      gone.abort();
      if (call.endedAt === undefined) this.ledger.close(call, 'aborted');
    });
    const refuse = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      this.ledger.close(call, status);
      sendJson(response, status, body, { 'x-request-id': `req_${call.number}`, ...headers });
    };

    const { apiKey } = this.options;
    if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`) {
      return refuse(401, errors.wrongKey);
    }
    if (request.method === 'GET' && path === '/v1/models') return refuse(200, this.models());
    const api = request.method === 'POST' ? APIS[path] : undefined;
    if (api === undefined) return refuse(404, errors.unknownPath(request.method ?? '', path));

    let ask: Ask;
    try {
      ask = readAsk(api, JSON.parse(await readBody(request)), this.options.taskIdPattern);
    } catch (error) {
      return refuse(400, errors.errorBody(String(error), 'invalid_request_error'));
    }
    const { model, stream, taskId } = ask;
    Object.assign(call, { api, model, stream, taskId });
    this.ledger.changed();
    if (this.options.knownModelsOnly && !this.options.models.includes(model)) {
      return refuse(404, errors.unknownModel(model));
    }
    if (this.paid >= (this.options.paidCalls ?? Infinity)) {
      call.refusedBy = 'quota';
      return refuse(429, errors.noQuota);
    }
    const fault = this.plan.next(ask, this.options.faults);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'drop' && fault.at === 'start') return this.drop(call, response);
    if (fault?.kind === 'status') {
      if (fault.status === 429) call.refusedBy = 'fault';
      const mode = fault.retryAfterSeconds ?? 'none';
      const headers = retryHeaders(undefined, mode, this.options.rateHeaders);
      return refuse(fault.status, errors.injected(fault.status), headers);
    }
    await this.answer(call, ask, response, gone.signal, fault, refuse);
  }

  private async answer(
    call: Call,
    ask: Ask,
    response: ServerResponse,
    signal: AbortSignal,
    fault: Fault | undefined,
    refuse: (status: number, body: unknown, headers?: Record<string, string>) => void,
  ): Promise<void> {
    const { options } = this;
    const reply = composeReply(ask, options, call.number, options.clock.now());
    const admitted = this.limits.admit(reply.usage.input + reply.usage.output);
    const { rateHeaders: style, clock } = options;
    const rates = rateHeaders(this.limits, style, clock.now());
    const headers = { 'x-request-id': `req_${call.number}`, ...rates };
    if ('by' in admitted) {
      call.refusedBy = admitted.by;
      call.retryAfterMs = admitted.retryAfterMs;
      const retry = retryHeaders(admitted.retryAfterMs, options.retryAfter, style);
      return refuse(429, errors.limitReached(ask.model, admitted), { ...headers, ...retry });
    }
    this.paid += 1;
    call.admittedAt = clock.now();
    call.inputTokens = reply.usage.input;
    call.outputTokens = reply.usage.output;
    call.toolCalls = reply.toolCalls.length;
    const pace = paceOf(ask, reply, options, this.chance);
    const lost = fault !== undefined;
    const end = () => this.end(call, admitted, signal, lost);
    const exchange = { ask, reply, pace, headers, clock, signal, lost, end };
    const sent = sendReply(response, exchange);
    this.ledger.changed();
    await sent;
    if (lost) response.destroy();
  }

  private end(call: Call, admitted: Admission, signal: AbortSignal, lost: boolean): void {
    admitted.end();
    if (call.endedAt !== undefined) return;
    this.ledger.close(call, signal.aborted ? 'aborted' : lost ? 'dropped' : 200);
  }

  private drop(call: Call, response: ServerResponse): void {
    this.ledger.close(call, 'dropped');
    response.destroy();
  }

  private models(): unknown {
    const data = this.options.models.map((id) => ({
      id,
      object: 'model',
      created: 0,
      owned_by: 'stand-in',
    }));
    return { object: 'list', data };
  }
}
