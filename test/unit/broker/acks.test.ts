import fc from 'fast-check';

import { Acks } from '../../../src/broker/acks';

/** A channel as the broker keeps it: an ack of what it does not have is a 406. */
class Channel {
  readonly unacked = new Set<number>();
  frames = 0;

  ack(tag: number, upTo: boolean): void {
    this.frames += 1;
    if (!this.unacked.has(tag)) throw new Error(`406 unknown delivery tag ${tag}`);
    for (const one of [...this.unacked]) {
      if (one === tag || (upTo && one < tag)) this.unacked.delete(one);
    }
  }
}

function open() {
  const channel = new Channel();
  const acks = new Acks((tag, upTo) => channel.ack(tag, upTo));
  let last = 0;
  return {
    channel,
    acks,
    deliver(count: number) {
      for (let index = 0; index < count; index += 1) {
        channel.unacked.add(++last);
        acks.came(last);
      }
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what was let go of in one turn goes out in one frame', async () => {
  const { channel, acks, deliver } = open();
  deliver(100);
  for (let tag = 100; tag > 0; tag -= 1) acks.ack(tag);
  await turn();
  expect([...channel.unacked]).toEqual([]);
  expect(channel.frames).toBe(1);
});

test('what lies above one that is still in hand goes out by itself', async () => {
  const { channel, acks, deliver } = open();
  deliver(6);
  for (const tag of [6, 2, 1, 4]) acks.ack(tag);
  await turn();
  expect([...channel.unacked]).toEqual([3, 5]);
  expect(channel.frames).toBe(3);
});

test('whatever is let go of, in whatever order: that, and nothing else, is acked when the turn is over', async () => {
  const step = fc.oneof(
    fc.record({ deliver: fc.integer({ min: 1, max: 5 }) }),
    // The one that came so and so long ago of those in hand.
    fc.record({ ack: fc.nat({ max: 3 }) }),
    fc.record({ again: fc.nat({ max: 10 }) }),
    fc.constant({ flush: true }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { maxLength: 12 }), { maxLength: 8 }),
      async (turns) => {
        const { channel, acks, deliver } = open();
        const inHand: number[] = [];
        let last = 0;
        for (const steps of turns) {
          for (const one of steps) {
            if ('deliver' in one) {
              deliver(one.deliver);
              for (let index = 0; index < one.deliver; index += 1) inHand.push(++last);
            } else if ('ack' in one) {
              const [tag] = inHand.splice(one.ack, 1);
              if (tag !== undefined) acks.ack(tag);
            } else if ('again' in one) {
              if (!inHand.includes(one.again)) acks.ack(one.again);
            } else acks.flush();
          }
          await turn();
          expect([...channel.unacked]).toEqual(inHand);
        }
      },
    ),
  );
});
