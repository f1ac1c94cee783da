import { RefusedError } from '../../../src/contract/errors';
import type { Delivery, Headers, Outgoing } from '../../../src/contract/message';
import { DEAD_EXCHANGE, DELIVERY_EXCHANGE, HEADER } from '../../../src/contract/wire';

/** The one work queue of the model. */
export const QUEUE = 'work';

type Content = Pick<Outgoing, 'body' | 'headers' | 'properties'> & { readonly messageId: string };

export interface Message extends Content {
  redelivered: boolean;
}

interface Delayed {
  readonly due: number;
  readonly message: Message;
}

/** What one consumer holds; when it goes, all of it is ready again. */
export class ChannelModel {
  readonly unacked = new Map<number, Message>();
  open = true;
  private last = 0;

  constructor(
    private readonly broker: BrokerModel,
    readonly epoch: number,
  ) {}

  /** @param index which of the ready messages, since several consumers and returns make any order possible */
  take(index: number): Delivery {
    const [message] = this.broker.ready.splice(index, 1);
    if (!message) throw new Error('nothing is ready');
    const number = ++this.last;
    this.unacked.set(number, message);
    const { body, headers, properties, messageId, redelivered } = message;
    return {
      body,
      headers: { ...headers },
      properties: { ...properties, ...(messageId !== '' && { messageId }) },
      exchange: '',
      routingKey: QUEUE,
      redelivered,
      tag: { epoch: this.epoch, number },
    };
  }

  ack(number: number): void {
    this.unacked.delete(number);
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    const back = [...this.unacked.values()];
    this.unacked.clear();
    for (const message of back) message.redelivered = true;
    this.broker.ready.unshift(...back);
  }
}

/** RabbitMQ as far as a task can tell: a work queue, the delay ladder, a dead-letter queue. Time is the test's own, in ms. */
export class BrokerModel {
  now = 0;
  readonly ready: Message[] = [];
  readonly delayed: Delayed[] = [];
  /** What stands in the dead-letter queue. */
  readonly letters: Message[] = [];
  /** Every letter that ever stood there, by id. */
  readonly lettersEver = new Map<string, Message>();

  publish(message: Outgoing): void {
    const { exchange, routingKey, body, headers, properties, messageId } = message;
    const arrived: Message = { body, headers, properties, messageId, redelivered: false };
    if (exchange === DEAD_EXCHANGE && routingKey === QUEUE) {
      this.letters.push(arrived);
      this.lettersEver.set(messageId, arrived);
    } else if (exchange.startsWith('swarm.delay.') || exchange === DELIVERY_EXCHANGE) {
      if (headers[HEADER.queue] !== QUEUE) throw unroutable(message);
      this.delayed.push({ due: this.now + delayOf(routingKey), message: arrived });
      this.pass(0);
    } else {
      throw unroutable(message);
    }
  }

  /** A producer's publish, straight to the queue. */
  dispatch(body: object, messageId: string, headers: Headers = {}): void {
    const text = Buffer.from(JSON.stringify(body));
    this.ready.push({ body: text, headers, properties: {}, messageId, redelivered: false });
  }

  pass(ms: number): void {
    this.now += ms;
    const due = this.delayed.filter((one) => one.due <= this.now);
    due.sort((one, other) => one.due - other.due);
    for (const one of due) {
      this.delayed.splice(this.delayed.indexOf(one), 1);
      this.ready.push(one.message);
    }
  }

  /** Takes a message away that is in the ladder. */
  purge(messageId: string | undefined): void {
    const at = this.delayed.findIndex(({ message }) => message.messageId === messageId);
    if (at >= 0) this.delayed.splice(at, 1);
  }

  /** When the next message leaves the ladder, ms from now. */
  nextDue(): number | undefined {
    if (this.delayed.length === 0) return undefined;
    return Math.min(...this.delayed.map(({ due }) => due)) - this.now;
  }
}

/** The ladder writes a delay into the routing key as binary digits, in units of 100 ms. */
function delayOf(routingKey: string): number {
  return parseInt(routingKey.replaceAll('.', ''), 2) * 100;
}

function unroutable({ exchange, routingKey }: Outgoing): RefusedError {
  return new RefusedError('unroutable', `${exchange} routes "${routingKey}" nowhere`, '');
}
