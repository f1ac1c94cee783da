import { faultOf, partsOf, type FaultName, type Spans } from './faults';
import { judge, leasedAt, type Blow } from './judge';
import { startLines, type Lines, type TriggerKind } from './lines';
import { planTask, messageOf, type Planned } from './plan';
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
/** Longest time from the end of a fault to the first run that began after it. */
const RESUME_LIMIT_MS = 240_000;

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
  private readonly resumeS: Record<string, number> = {};
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
    await this.flowing((at) => at >= since);
    this.say(`${fault} strikes`);
    await this.strike(fault);
    const whole = Date.now();
    await this.publish(share - before);
    await this.flowing((_at, fence) => fence === 0 || leasedAt(fence) > whole);
    this.resumeS[fault] = Math.round((Date.now() - whole) / 100) / 10;
    this.say(
      `${fault}: working again ${this.resumeS[fault]} s after its end; ${recorder.effects.size} effects so far`,
    );
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
        this.blows.push({ fault, doubles, at: Date.now() });
        await strike(this.stage, this.lines, this.options.spans);
      }),
    );
  }

  /** Every line has a run that fits. */
  private async flowing(fits: (at: number, fence: number) => boolean): Promise<void> {
    await Promise.all(
      this.lines.names.map((name) =>
        this.stage.recorder.first(
          ({ what, task, at, fence }) =>
            what === 'llm' && task.startsWith(`${name}-`) && fits(at, fence),
          RESUME_LIMIT_MS,
        ),
      ),
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
