import { faultOf, partsOf, type FaultName, type Spans } from './faults';
import { judge, leasedAt, type Blow } from './judge';
import { startLines, type Lines, type TriggerKind } from './lines';
import { messageOf, planTask, type LineName, type Planned } from './plan';
import type { Seen } from './record';
import { report, type Report } from './report';
import { restOf } from './rest';
import { startStage, type Stage } from './stage';

export interface ChaosOptions {
  readonly tasks: number;
  readonly faults: readonly FaultName[];
  readonly spans: Spans;
  readonly trigger: TriggerKind;
  readonly workerPack?: string | undefined;
  /** What happens, as it happens. */
  say(text: string): void;
}

/** Share of the tasks that is worked on in batches: they are fast. */
const BATCH_SHARE = 0.8;
/** Up to which number of tasks every line gets the same share. */
const FEW = 2000;
/** Messages under way at once while tasks are published. */
const WINDOW = 1000;
/** Longest wait for the first run that began after a fault; n8n's own trigger may not come back at all. */
const RESUME_LIMIT_MS = { own: 240_000, builtin: 60_000 } as const;

/** Tasks flow, faults strike in turn, and in the end everything that was planned is looked up. */
export async function runChaos(options: ChaosOptions): Promise<Report> {
  const stage = await startStage(options);
  try {
    const lines = await startLines(stage, options.trigger);
    const chaos = new Chaos(options, stage, lines);
    for (const [index, fault] of options.faults.entries()) await chaos.pass(fault, index);
    return await chaos.end();
  } finally {
    await stage.stop();
  }
}

class Chaos {
  private readonly planned: Planned[] = [];
  private readonly blows: Blow[] = [];
  private readonly resumeS: Record<string, number | null> = {};
  private readonly began = Date.now();
  /** Second messages of tasks that were published before. */
  private owed: Planned[] = [];

  constructor(
    private readonly options: ChaosOptions,
    private readonly stage: Stage,
    private readonly lines: Lines,
  ) {}

  /** A share of the tasks before the fault, the rest after it, so that they flow on both sides. */
  async pass(fault: FaultName, index: number): Promise<void> {
    const { faults } = this.options;
    const share = this.shareOf(index, faults.length);
    const before = Math.ceil((share * 2) / 3);
    const { recorder } = this.stage;
    const since = Date.now();
    await this.publish(before);
    await this.flowing(({ at }) => at >= since);
    this.say(`${fault} strikes`);
    await this.strike(fault);
    const whole = Date.now();
    await this.publish(share - before);
    const flows = await this.flowing(
      ({ fence, at }) => (fence === 0 ? at : leasedAt(fence)) > whole,
    );
    const seconds = flows ? Math.round((Date.now() - whole) / 100) / 10 : null;
    this.resumeS[fault] = seconds;
    const again =
      seconds === null ? 'not working again' : `working again ${seconds} s after its end`;
    this.say(`${fault}: ${again}; ${recorder.effects.size} effects so far`);
  }

  async end(): Promise<Report> {
    await this.publishAgain(this.owed.splice(0));
    this.say('waiting for the rest');
    const left = await restOf(this.stage, this.lines, this.planned, this.options.trigger);
    const { seen } = this.stage.recorder;
    return report({
      options: this.options,
      versions: { rabbitmq: this.stage.broker.version, redis: await this.stage.redis.version() },
      seconds: Math.round((Date.now() - this.began) / 1000),
      planned: this.planned,
      seen,
      twice: judge(seen, this.blows),
      left,
      resumeS: this.resumeS,
    });
  }

  private shareOf(index: number, passes: number): number {
    const { tasks } = this.options;
    return Math.floor((tasks * (index + 1)) / passes) - Math.floor((tasks * index) / passes);
  }

  private async strike(fault: FaultName): Promise<void> {
    await Promise.all(
      partsOf(fault).map(async (part) => {
        const { doubles, strike } = faultOf(part);
        const blow = { fault, doubles, at: Date.now(), until: Infinity };
        this.blows.push(blow);
        await strike(this.stage, this.lines, this.options.spans);
        blow.until = Date.now();
      }),
    );
  }

  /** Whether every line has a run that fits, within the limit. */
  private async flowing(fits: (one: Seen) => boolean): Promise<boolean> {
    const { recorder } = this.stage;
    const runOf = (name: LineName) => (one: Seen) =>
      one.what === 'llm' && one.task.startsWith(`${name}-`) && fits(one);
    const limit = RESUME_LIMIT_MS[this.options.trigger];
    const all = this.lines.names.map((name) => recorder.first(runOf(name), limit));
    return await Promise.all(all).then(
      () => true,
      () => false,
    );
  }

  /** So many new tasks, and the second messages of half of those that came before. */
  private async publish(count: number): Promise<void> {
    const fresh = this.plan(count);
    this.stage.recorder.expect(fresh);
    await this.send(fresh, 'first');
    const doubled = fresh.filter((task) => task.doubled);
    const now = doubled.filter((_, index) => index % 2 === 0);
    await this.publishAgain([...this.owed.splice(0), ...now]);
    this.owed = doubled.filter((_, index) => index % 2 === 1);
  }

  private plan(count: number): Planned[] {
    const { names } = this.lines;
    const one = Math.floor(count * (this.options.tasks > FEW ? (1 - BATCH_SHARE) / 2 : 1 / 3));
    let left = count;
    const fresh = names.flatMap((name, index) => {
      const share = index === names.length - 1 ? left : one;
      left -= share;
      const first = this.planned.filter(({ line }) => line === name).length;
      return Array.from({ length: share }, (_, nth) => planTask(name, first + nth));
    });
    this.planned.push(...fresh);
    return fresh;
  }

  private publishAgain(tasks: readonly Planned[]): Promise<void> {
    return this.send(tasks, 'second');
  }

  private async send(tasks: readonly Planned[], which: string): Promise<void> {
    await this.stage.withBroker(async (plain) => {
      for (let from = 0; from < tasks.length; from += WINDOW) {
        await Promise.all(
          tasks
            .slice(from, from + WINDOW)
            .map((task) =>
              plain.publish(task.line, messageOf(task), { messageId: `${task.id}-${which}` }),
            ),
        );
      }
    });
  }

  private say(text: string): void {
    this.options.say(`${Math.round((Date.now() - this.began) / 1000)} s: ${text}`);
  }
}
