import { randomUUID } from 'node:crypto';

import { z } from 'zod/v4';

import {
  InputError,
  isSwarmError,
  messageOf,
  RefusedError,
  withRemedy,
  type RefusedCode,
} from '../contract/errors';
import type { Delivery, Publisher } from '../contract/message';
import { pause } from '../contract/patience';
import type { Json } from '../contract/reference';
import { amqpName, readSettings } from '../contract/settings';
import { HEADER } from '../contract/wire';
import { Window } from '../dispatch/window';
import { replayOf } from './copy';
import { fits, letterFilterSchema } from './filter';
import { readLetter, type Letter } from './letter';
import { Tally, type Groups } from './tally';
import { walk, type Desk } from './walk';

export const replaySchema = z.object({
  filter: letterFilterSchema.prefault({}),
  /** Absent: each goes to the queue that it came from. */
  to: amqpName.optional(),
  /** Laid over each body, a JSON Merge Patch (RFC 7396): what is null goes. */
  edit: z
    .record(
      z.string(),
      z.custom<Json>((value) => value !== undefined),
    )
    .optional(),
  /** A deadline that has passed would end the task again at once. */
  withoutDeadline: z.boolean().default(false),
  /** Letters a second, 0.01 to 100,000; absent: as fast as the broker takes them. */
  perSecond: z.number().min(0.01).max(100_000).optional(),
  /** At most so many, the oldest first; absent: all that match. */
  limit: z.int().min(1).optional(),
  /** Only say what would be replayed. */
  dryRun: z.boolean().default(false),
});

export type ReplayOptions = z.input<typeof replaySchema>;
type Settings = z.output<typeof replaySchema>;

export interface Replayed {
  /** In the header `x-swarm-replay-batch` of each. */
  readonly batch: string;
  readonly looked_at: number;
  readonly matched: number;
  /** 0 for a dry run. */
  readonly replayed: number;
  /** Letters that could not be, and stay where they are. */
  readonly failed: number;
  /** Why, of the first that failed. */
  readonly problem: string | null;
  /** Of what was replayed, or would be. */
  readonly groups: Groups;
}

/** Under way at once: letters are small, and each is confirmed. */
const UNDER_WAY = { count: 200, bytes: 16 * 1024 * 1024 };

/**
 * Sends letters again as tasks, with attempts from zero. Each goes when its replay is confirmed: one that is cut short loses nothing, and
 * the next sends what is left. A letter that it sent and could not remove is sent again, and known as a copy by who takes it.
 *
 * A letter that cannot be sent (an edit that does not fit it, a queue that is not there) stays, and the others go on.
 *
 * @throws InputError for options that cannot be used
 * @throws SwarmError when the dead-letter queue is not there, or the broker is away; how many had gone stands in its message
 */
export async function replay(
  desk: Desk,
  publisher: Publisher,
  options: ReplayOptions,
): Promise<Replayed> {
  const settings = readSettings(replaySchema, options);
  return await new Replay(desk, publisher, settings).all();
}

class Replay {
  private readonly batch = randomUUID();
  private readonly tally = new Tally();
  private readonly window = new Window(UNDER_WAY);
  private readonly wanted;
  private nextAt = 0;
  private lookedAt = 0;
  private matched = 0;
  private replayed = 0;
  private failed = 0;
  private problem: string | null = null;
  private broken: Error | undefined;

  constructor(
    private readonly desk: Desk,
    private readonly publisher: Publisher,
    private readonly settings: Settings,
  ) {
    this.wanted = fits(settings.filter, Date.now());
  }

  async all(): Promise<Replayed> {
    try {
      await walk(this.desk, {
        begin: () => this.begin(),
        visit: (delivery, letGo) => this.visit(delivery, letGo),
        idle: async () => {
          await this.window.empty();
        },
      });
      if (this.broken !== undefined) throw this.broken;
    } catch (error) {
      throw this.toldApart(error);
    }
    const { batch, lookedAt, matched, replayed, failed, problem, tally } = this;
    return { batch, looked_at: lookedAt, matched, replayed, failed, problem, groups: tally.groups };
  }

  private begin(): void {
    const { replayed } = this;
    [this.lookedAt, this.matched, this.failed] = [replayed, replayed, 0];
  }

  private async visit(delivery: Delivery, letGo: () => void): Promise<boolean> {
    this.lookedAt += 1;
    const { limit = Infinity, dryRun } = this.settings;
    const letter = readLetter(delivery);
    // One of this act that gave up again meanwhile is not sent round and round.
    if (!this.wanted(letter) || isOfBatch(delivery, this.batch)) return true;
    this.matched += 1;
    if (dryRun) this.tally.add(letter);
    else {
      await this.turn();
      await this.window.full();
      if (this.broken !== undefined) return false;
      const size = delivery.body.length;
      this.window.enter(size);
      void this.send(delivery, letter, letGo).finally(() => this.window.leave(size));
    }
    return this.matched - this.failed < limit;
  }

  private async send(delivery: Delivery, letter: Letter, letGo: () => void): Promise<void> {
    try {
      const { to = letter.queue, edit, withoutDeadline } = this.settings;
      if (to === null) throw homeless();
      const { queue: from } = this.desk;
      const stamp = { to, from, batch: this.batch, edit, withoutDeadline };
      await this.publisher.publish(replayOf(delivery, stamp, Date.now()));
      letGo();
      this.replayed += 1;
      this.tally.add(letter);
    } catch (error) {
      if (isOfOneLetter(error)) {
        this.failed += 1;
        this.problem ??= withRemedy(error);
      } else this.broken ??= error instanceof Error ? error : new Error(messageOf(error));
    }
  }

  /** Waits until the rate allows one more. */
  private async turn(): Promise<void> {
    const { perSecond } = this.settings;
    if (perSecond === undefined) return;
    const now = performance.now();
    const at = Math.max(now, this.nextAt);
    this.nextAt = at + 1000 / perSecond;
    if (at > now) await pause(at - now);
  }

  /** An act that was cut short says what was done. */
  private toldApart(error: unknown): unknown {
    if (!isSwarmError(error) || this.replayed === 0) return error;
    error.message = `${error.message.replace(/\.?$/, '.')} ${this.replayed} letters were replayed before, the others are where they were.`;
    return error;
  }
}

const isOfBatch = ({ headers }: Delivery, batch: string): boolean =>
  headers[HEADER.replayBatch] === batch;

const OF_ONE: ReadonlySet<RefusedCode> = new Set(['too_large', 'unroutable']);

function homeless(): InputError {
  return new InputError(
    'To',
    'is empty, and a letter does not say from which queue it came',
    'Name the queue that it is to go to.',
  );
}

function isOfOneLetter(error: unknown): boolean {
  if (error instanceof InputError) return true;
  return error instanceof RefusedError && OF_ONE.has(error.code);
}
