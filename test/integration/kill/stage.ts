import { InputError } from '../../../src/contract/errors';
import { writeMembership } from '../../../src/contract/group';
import { fingerprint } from '../../../src/contract/identity';
import { brokerSchema, consumerSchema, storeSchema } from '../../../src/contract/settings';
import { HEADER } from '../../../src/contract/wire';
import { Keys } from '../../../src/store/keys';
import type { Store } from '../../../src/store/store';
import { say } from '../../../src/word/say';
import { splitAmqp } from '../../support/amqpPieces';
import { splitResp } from '../../support/respPieces';
import { startTapProxy, type TapProxy } from '../../support/tapProxy';
import { TestHost, type RunningConsumer, type World } from '../../support/world';
import { endOf } from './behaviour';
import type { Doomed } from './doomed';
import type { Ending } from './endings';
import { KillPoint, SCRIPT_NAMES } from './killPoint';
import { registerOnlyChild } from './onlyChild';

const LEASE_MS = 1000;
export const DEAD_QUEUE = 'dead';

/** One task, and the moment at which its process dies. */
export class Stage {
  readonly queue: string;
  readonly point: KillPoint;
  heir: RunningConsumer | undefined;
  private readonly taps: TapProxy[] = [];
  private readonly hashKey: string;
  private speaking: Promise<unknown> | undefined;

  constructor(
    readonly ending: Ending,
    readonly after: number,
    private readonly world: World,
    private readonly store: Store,
  ) {
    this.queue = `${ending.name} ${after}`;
    this.point = new KillPoint(after, ending.steps.length);
    this.hashKey = new Keys(world.keys.prefix).task(this.queue, this.queue);
  }

  /** Resolves when the process has come as far as it may. */
  async play(doomed: Doomed): Promise<void> {
    const { ending, point } = this;
    if (ending.child) await registerOnlyChild(this.store, this.queue, this.queue);
    if (ending.before === 'its owner vanished') await this.abandonedBefore();
    if (ending.before === 'its owner is at work') {
      // With its hands full, so that the second copy goes to the other.
      await doomed.start({
        ...this.startOf({ ...ending.settings, prefetch: 1 }),
        id: `${this.queue} owner`,
        hangs: true,
      });
      await this.publish();
      await doomed.running(`${this.queue} owner`);
    }
    if (ending.word?.while === 'live') doomed.running(this.queue).then(() => this.speak(), noRun);
    point.onStep((step) => {
      if (step === 'ack') void this.speak();
    });
    await doomed.start(await this.tapped());
    await this.publish();
    await point.reached;
    await this.speaking;
  }

  /** What of the killed process still hung on the wire is gone. */
  cut(): void {
    for (const tap of this.taps) tap.stop();
  }

  /** Another process takes over, until the task has its end. */
  async inherit(): Promise<void> {
    const { queue, world, ending } = this;
    const { holdMs: _short, ...settings } = this.optionsOf(ending.settings);
    const host = new TestHost(([item]) => item && endOf(item));
    this.heir = await world.consume({ queue, ...settings }, host);
    for (let seen = 0; !isOver(await this.hash(), ending); seen += 1) {
      await this.speak();
      // A delivery is let go when its run is over, so nothing tells of an end that comes before.
      if (ending.word?.while !== 'live') await this.heir.settled(seen + 1);
    }
    for (const run of host.runs) run.end({ kind: 'succeeded' });
  }

  async hash(): Promise<Record<string, string>> {
    return await this.world.keys.hash(this.hashKey);
  }

  /** Says the word when it is time for it and it was not said. */
  private async speak(): Promise<void> {
    const { word } = this.ending;
    const { state, fence, fp = '', word: said } = await this.hash();
    if (!word || state !== word.while || said) return;
    const name = { scope: this.queue, key: this.queue, fence: Number(fence) };
    const token = { test: false, ...name, fingerprint: fp.slice(0, 16) } as const;
    this.speaking = say(this.store, token, word).catch(late);
    await this.speaking;
  }

  private async publish(): Promise<void> {
    const { body } = this.ending;
    const task = typeof body === 'string' ? body : { ...body, task_id: this.queue };
    const place = { group: this.queue, index: 0, depth: 1 };
    const headers = this.ending.child && { [HEADER.child]: writeMembership(place) };
    await this.world.plain.publish(this.queue, task, { messageId: `${this.queue} m`, headers });
  }

  /** As an owner leaves it that was killed: its lease ran out. */
  private async abandonedBefore(): Promise<void> {
    const { body } = this.ending;
    if (typeof body === 'string') return;
    const owner = { owner: 'gone', fence: 1, until: 1, id: `${this.queue} m` };
    const counts = { attempts: 0, throttles: 0, crashes: 0, first: Date.now() };
    const fp = fingerprint(body);
    await this.world.keys.redis.hset(this.hashKey, { state: 'live', fp, ...owner, ...counts });
  }

  private async tapped() {
    const { broker, store } = this.world;
    const amqp = await startTapProxy(broker.hosts[0]?.port ?? 0, splitAmqp, this.point.mayPass);
    const resp = await startTapProxy(
      store.kind === 'standalone' ? store.port : 0,
      () => splitResp(SCRIPT_NAMES),
      this.point.mayPass,
    );
    this.taps.push(amqp, resp);
    const { settings } = this.startOf(this.ending.settings ?? {});
    return {
      id: this.queue,
      hangs: false,
      settings,
      broker: brokerSchema.parse({ ...broker, hosts: [{ host: '127.0.0.1', port: amqp.port }] }),
      store: storeSchema.parse({ ...store, port: resp.port }),
    };
  }

  private startOf(options: Ending['settings'] = {}) {
    const { broker, store } = this.world;
    return { broker, store, settings: consumerSchema.parse(this.optionsOf(options)) };
  }

  private optionsOf(options: Ending['settings'] = {}) {
    const topology = { queue: this.queue, deadQueue: DEAD_QUEUE };
    return { topology, scope: this.queue, leaseMs: LEASE_MS, ...options };
  }
}

/** It was killed before. */
const noRun = () => undefined;

/** Somebody took the task over since its fence was read: that one is told when it runs. */
function late(error: unknown): void {
  if (!(error instanceof InputError)) throw error;
}

function isOver({ state, published }: Record<string, string>, ending: Ending): boolean {
  if (ending.state === 'no task') return true;
  return state === ending.state && (state !== 'dead' || published === '1');
}
