import type { Delivery } from '../contract/message';
import type { Task } from '../contract/verdicts';
import { referenceSchema } from '../contract/reference';

/**
 * A parked task as kept in the store, because its copy in the broker is out of reach until the wait limit: what a word after the wait
 * needs to publish it again.
 */
export function packTask(task: Task): string {
  const { delivery, reference: _read, arrivedAt: _here, ...rest } = task;
  return JSON.stringify({
    ...rest,
    delivery: { ...delivery, body: delivery.body.toString('base64') },
  });
}

/** The tag of a delivery that is in nobody's hand: acking it does nothing. */
const NO_TAG = { epoch: -1, number: 0 } as const;

export function unpackTask(packed: string, arrivedAt: number): Task {
  const { delivery, ...rest } = JSON.parse(packed) as Omit<Task, 'delivery'> & {
    delivery: Omit<Delivery, 'body'> & { body: string };
  };
  const body = Buffer.from(delivery.body, 'base64');
  return {
    ...rest,
    arrivedAt,
    reference: referenceSchema.parse(JSON.parse(body.toString('utf8'))),
    delivery: { ...delivery, body, tag: NO_TAG },
  };
}
