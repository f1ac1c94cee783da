import {
  askSchema,
  budgetNameSchema,
  budgetSchema,
  usageSchema,
  type Ask,
  type AskOptions,
  type BudgetLimits,
  type BudgetOptions,
  type UsageOptions,
} from '../contract/budget';
import type {
  BudgetState,
  CreateVerdict,
  EndVerdict,
  ExtendVerdict,
  ReportVerdict,
  ReserveVerdict,
} from '../contract/budgetVerdicts';
import { readSettings } from '../contract/settings';
import { Bulk } from '../store/bulk';
import { openCounts } from '../store/countScript';
import type { Script } from '../store/script';
import type { ScriptArgument, Store } from '../store/store';
import { createVerdict, reserveVerdict, stateOf } from './answers';
import { blockScript } from './blockScript';
import { createScript } from './createScript';
import { extendScript } from './extendScript';
import { reconcileScript } from './reconcileScript';
import { releaseScript } from './releaseScript';
import type { Reservation } from './reservation';
import { reportScript } from './reportScript';
import { reserveScript } from './reserveScript';
import { stateScript } from './stateScript';
import { switchScript } from './switchScript';

/** What a budget needs of the store. */
export type BudgetStore = Pick<Store, 'run' | 'ask' | 'keys'>;

/** Reservations of one script: it blocks the store while it runs, so it stays short. */
const MOST_AT_ONCE = 50;

/**
 * The budgets of a store. Every method is safe to repeat, so a call that lost its connection can be made again, and throws
 * UnavailableError while the store is away, InputError for what is out of range.
 */
export class Budgets {
  /** Budgets that this process has seen at work: one that is missing was lost. */
  private readonly seen = new Set<string>();
  private readonly asking = new Map<string, Bulk<Ask, ReserveVerdict>>();

  constructor(private readonly store: BudgetStore) {}

  /**
   * @param options.ifThere `keep` its limits, or `update` them; what was charged stays
   * @param options.isNew for who knows that no call was made under these limits for a minute: it opens at once. Without it a budget
   *   that may have been lost stays closed for as long as a provider remembers
   */
  async create(
    name: string,
    limits: BudgetOptions,
    options: { readonly ifThere: 'keep' | 'update'; readonly isNew?: boolean },
  ): Promise<CreateVerdict> {
    const { keys } = this.store;
    readSettings(budgetNameSchema, name);
    const text = JSON.stringify(readSettings(budgetSchema, limits));
    // It lies elsewhere in a Cluster, and is no cache: a second witness that the budget was there.
    const known = await this.store.ask((client) => client.sismember(keys.budgets(), name));
    const lost = this.seen.has(name) || known === 1;
    const knowledge = options.isNew ? 'new' : lost ? 'lost' : 'unsure';
    const answer = await this.call(createScript, name, [text, options.ifThere, knowledge]);
    await openCounts(this.store, keys.budgetCounts(name));
    if (known === 0) await this.store.ask((client) => client.sadd(keys.budgets(), name));
    return createVerdict(answer as string[]);
  }

  /** Names of all budgets, sorted. */
  async names(): Promise<string[]> {
    const { keys } = this.store;
    return (await this.store.ask((client) => client.smembers(keys.budgets()))).sort();
  }

  /** Calls that ask in one turn of the event loop ask together. The same id asked again is one reservation and one answer. */
  async reserve(name: string, ask: AskOptions): Promise<ReserveVerdict> {
    const entry = readSettings(askSchema, ask);
    const bulk =
      this.asking.get(name) ??
      new Bulk<Ask, ReserveVerdict>((asks) => this.askFor(name, asks), MOST_AT_ONCE);
    this.asking.set(name, bulk);
    const verdict = await bulk.call(entry);
    if (verdict.kind !== 'unknown' && !this.seen.has(name)) {
      this.seen.add(name);
      // Made by an older version, a budget has none yet: not worth a wait.
      openCounts(this.store, this.store.keys.budgetCounts(name)).catch(() => undefined);
    }
    return verdict;
  }

  /** Reserves, and creates the budget when there is none: a first use, or a store that lost it. */
  async reserveOrCreate(
    name: string,
    ask: AskOptions,
    limits: BudgetOptions,
  ): Promise<ReserveVerdict> {
    const verdict = await this.reserve(name, ask);
    if (verdict.kind !== 'unknown') return verdict;
    await this.create(name, limits, { ifThere: 'keep' });
    return await this.reserve(name, ask);
  }

  /** Keeps leases of one budget alive. */
  async extend(name: string, held: readonly Reservation[]): Promise<ExtendVerdict[]> {
    const [first] = held;
    if (!first) return [];
    return (await this.call(extendScript, name, [
      Math.max(...held.map(({ leaseMs }) => leaseMs)),
      ...held.flatMap(({ id, tenant, reserved: { requests, input, output } }) => [
        id,
        tenant,
        requests,
        input,
        output,
      ]),
    ])) as ExtendVerdict[];
  }

  /** The call was sent and is over. */
  async reconcile(held: Reservation, usage: UsageOptions = {}): Promise<EndVerdict> {
    const { requests = '', input = '', output = '', ok } = readSettings(usageSchema, usage);
    const { budget, id, tenant, learn, reserved } = held;
    const [answer] = (await this.call(
      reconcileScript,
      budget,
      [
        ...[id, tenant, reserved.input, reserved.output],
        ...[requests, input, output, ok ? 'good' : ''],
      ],
      [this.learnedKey(budget, learn)],
    )) as string[];
    return answer as EndVerdict;
  }

  /** What calls under a reservation used so far; its end charges the sum. For a run that makes several calls. */
  async report(name: string, id: string, usage: UsageOptions): Promise<ReportVerdict> {
    const { requests = 0, input = 0, output = 0 } = readSettings(usageSchema, usage);
    return (await this.call(reportScript, name, [id, requests, input, output])) as ReportVerdict;
  }

  /** The call was surely not sent, or nobody waits for its turn any more. */
  async release(name: string, id: string): Promise<EndVerdict> {
    const [answer] = (await this.call(releaseScript, name, [id])) as string[];
    return answer as EndVerdict;
  }

  /**
   * The provider pushed back (429). The call's own reservation is to be reconciled as well.
   *
   * @param ms what the provider asks for; without it the budget chooses
   * @param id of the call's reservation, so that one burst of refusals counts once
   * @returns ms until the block is over; undefined when there is no such budget
   */
  async block(name: string, ms?: number, id = ''): Promise<number | undefined> {
    const args = [ms === undefined ? '' : Math.max(0, Math.ceil(ms)), id];
    const left = Number(await this.call(blockScript, name, args));
    return left < 0 ? undefined : left;
  }

  /** @returns whether there is such a budget */
  async switch(name: string, to: 'pause' | 'resume' | 'unblock'): Promise<boolean> {
    return Number(await this.call(switchScript, name, [to])) === 1;
  }

  async state(name: string): Promise<BudgetState<BudgetLimits> | undefined> {
    return stateOf((await this.call(stateScript, name, [])) as string[]);
  }

  private async askFor(name: string, asks: readonly Ask[]): Promise<ReserveVerdict[]> {
    const answers = (await this.call(
      reserveScript,
      name,
      asks.flatMap((ask) => [
        ask.id,
        ask.tenant,
        ask.begun ? 1 : 0,
        ask.requests,
        ask.input,
        ask.output,
        ask.reserve === 'learned' ? 1 : 0,
        ask.leaseMs,
      ]),
      asks.map(({ learn }) => this.learnedKey(name, learn)),
    )) as string[][];
    return asks.map(({ id }, index) => reserveVerdict(id, answers[index] ?? []));
  }

  /** Its own key stands for none. */
  private learnedKey(name: string, kind: string): string {
    const { keys } = this.store;
    return kind === '' ? (keys.budget(name)[0] as string) : keys.learned(name, kind);
  }

  private async call(
    script: Script,
    name: string,
    args: readonly ScriptArgument[],
    more: readonly string[] = [],
  ): Promise<unknown> {
    return await this.store.run(script, [...this.store.keys.budget(name), ...more], args);
  }
}
