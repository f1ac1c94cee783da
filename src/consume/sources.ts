import type { BrokerConnection } from '../broker/connection';
import { Intake } from '../broker/intake';
import type { Delivery } from '../contract/message';
import type { Task } from '../contract/verdicts';
import { laneOf } from '../contract/wire';
import type { Hand } from './hand';
import { moveOn, type MoveVerdict } from './mover';
import { Puller } from './puller';
import type { Room } from './room';
import type { Spread } from './spread';

export type Model = NonNullable<BrokerConnection['live']>;

/** Deliveries on their way to a lane at once, and out of one that is no more. */
const MOVES = 200;
const MOVES_BACK = 20;

export interface SourcesOptions {
  readonly room: Room;
  readonly consumerTimeoutMs: number | undefined;
  readonly spread: Spread;
  /** Lanes that may hold tasks: those of now, and those of before. */
  readonly lanes: number;
  readonly signal: AbortSignal;
  /** Brings a delivery on its path. */
  take(delivery: Delivery, hand: Hand): Promise<void>;
  /** One that is on its way to another queue. Must not reject. */
  moving(delivery: Delivery, moved: Promise<MoveVerdict>, hand: Hand): Promise<MoveVerdict>;
  onCanceled(queue: string): void;
  onLost(error: Error | undefined): void;
}

/** Where the deliveries of one shift come from. */
export interface Sources {
  readonly epoch: number;
  /** Take no more. */
  cancel(): Promise<void>;
  /** Hand back what is in hand. */
  close(): Promise<void>;
}

/**
 * The queue itself; or with lanes the lanes behind it, and the queue only to spread over them what comes. Lanes that there are too many of
 * since a person lowered their number are emptied back into the queue.
 */
export async function openSources(model: Model, options: SourcesOptions): Promise<Sources> {
  const { room, signal, spread } = options;
  const { settings, queue, autoPrefetch } = room;
  const opened: Intake[] = [];
  const all = async (act: (intake: Intake) => Promise<void>) => {
    await Promise.all(opened.map(act));
  };
  const open = async (from: string, prefetch: number, onDelivery: Act): Promise<Intake> => {
    const intake: Intake = await Intake.start(model, {
      queue: from,
      prefetch,
      consumerTimeoutMs: options.consumerTimeoutMs,
      onDelivery: (delivery) => onDelivery(delivery, { ack: (tag) => intake.ack(tag), signal }),
      onCanceled: () => options.onCanceled(from),
      onLost: options.onLost,
    });
    opened.push(intake);
    return intake;
  };
  try {
    if (spread.lanes === 0) {
      const prefetch = autoPrefetch?.prefetch ?? settings.prefetch;
      const intake = await open(
        queue,
        prefetch,
        (delivery, hand) => void options.take(delivery, hand),
      );
      void autoPrefetch?.steer(intake, signal);
    } else {
      await openLanes(open, options);
    }
    for (let lane = spread.lanes; lane < options.lanes; lane += 1) {
      await open(laneOf(queue, lane), MOVES_BACK, (delivery, hand) => {
        void options.moving(
          delivery,
          moveOn(delivery, () => queue, hand, room),
          hand,
        );
      });
    }
  } catch (error) {
    await all((intake) => intake.close());
    throw error;
  }
  return {
    epoch: Math.max(...opened.map(({ epoch }) => epoch)),
    cancel: () => all((intake) => intake.cancel()),
    close: () => all((intake) => intake.close()),
  };
}

type Act = (delivery: Delivery, hand: Hand) => void;
type Open = (from: string, prefetch: number, onDelivery: Act) => Promise<Intake>;

async function openLanes(open: Open, options: SourcesOptions): Promise<void> {
  const { room, signal, spread } = options;
  const { settings, queue, autoPrefetch } = room;
  const pulled = await open(queue, 0, () => undefined);
  const hand: Hand = { ack: (tag) => pulled.ack(tag), signal };
  const puller = new Puller({
    spread,
    settings,
    slots: () => autoPrefetch?.prefetch ?? settings.prefetch,
    pull: (lane) => pulled.pull(laneOf(queue, lane)),
    take: (delivery) => options.take(delivery, hand),
  });
  await open(queue, MOVES, (delivery, moverHand) => {
    let lane = 0;
    const choose = (task: Task) => {
      lane = spread.laneOf(task);
      return laneOf(queue, lane);
    };
    void options
      .moving(delivery, moveOn(delivery, choose, moverHand, room), moverHand)
      .then((moved) => moved?.kind === 'moved' && puller.filled(lane));
  });
  void autoPrefetch?.steer(
    {
      resize: () => {
        puller.filled();
        return Promise.resolve();
      },
    },
    signal,
  );
  // A channel that ended ends the shift by itself.
  puller.work(signal).catch(() => undefined);
}
