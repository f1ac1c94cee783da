import { createNoopMeter, type Span, type Tracer } from '@opentelemetry/api';

import type { Delivery, Outgoing } from '../../../src/contract/message';
import type { SettleVerdict } from '../../../src/contract/verdicts';
import { chatInSpans } from '../../../src/telemetry/chatting';
import { processInSpan } from '../../../src/telemetry/processing';
import { sendInSpan } from '../../../src/telemetry/sending';
import { signalsOf } from '../../../src/telemetry/signals';
import { signalsInMemory } from '../../support/signalsInMemory';

const broken = (): never => {
  throw new Error('broken');
};
const SPAN = '00f067aa0ba902b7';
const context = () => ({ traceId: 'a'.repeat(32), spanId: SPAN, traceFlags: 1 });
/** Knows its own context, and no more. */
const brokenSpan = new Proxy({} as Span, {
  get: (_span, name) => (name === 'spanContext' ? context : broken),
});

const message: Outgoing = {
  exchange: '',
  routingKey: 'work',
  body: Buffer.from('{}'),
  messageId: 'm1',
  properties: {},
  headers: {},
};
const delivery: Delivery = {
  body: message.body,
  properties: { messageId: 'm1' },
  headers: {},
  exchange: 'orders',
  routingKey: 'new',
  redelivered: false,
  tag: { epoch: 1, number: 1 },
};
const dead: SettleVerdict = { kind: 'dead', reason: 'attempts_used_up' };
const failedWith = (name: string, code?: string) =>
  ({
    kind: 'ended',
    end: { kind: 'failed', error: { name, message: 'sk-secret', ...(code && { code }) } },
  }) as const;

describe.each<[string, Tracer['startSpan']]>([
  ['spans that cannot be begun', broken],
  ['spans that cannot be told anything', () => brokenSpan],
])('%s', (_what, startSpan) => {
  const signals = signalsOf({ startSpan } as unknown as Tracer, createNoopMeter());

  test('stop no sending, and hide no error of it', async () => {
    const sent: Outgoing[] = [];
    await sendInSpan(signals, true, message, async (it) => void sent.push(it));
    expect(sent).toMatchObject([{ messageId: 'm1', routingKey: 'work' }]);
    const fails = sendInSpan(signals, true, message, () => Promise.reject(new Error('nacked')));
    await expect(fails).rejects.toThrow('nacked');
  });

  test('stop no work on a delivery, and no error of it', async () => {
    const verdict = await processInSpan(signals, true, delivery, 'work', async (it, processing) => {
      expect(it).toMatchObject({ tag: delivery.tag });
      processing.ran(failedWith('Error'));
      return dead;
    });
    expect(verdict).toEqual(dead);
    const fails = processInSpan(signals, true, delivery, 'work', () =>
      Promise.reject(new Error('closed')),
    );
    await expect(fails).rejects.toThrow('closed');
  });

  test('stop no call of a model', () => {
    const call = { model: 'm', provider: 'p', budget: 'b', traceparent: undefined };
    const chat = chatInSpans(signals, call);
    chat.granted(1, 'calls');
    chat.granted(1, undefined);
    chat.repeats('429');
    chat.refused('too_late');
    chat.ended({ input: 1 });
    chat.failed('429');
  });
});

describe('a delivery', () => {
  const processed = async (given: Partial<Delivery>, run = failedWith('Error')) => {
    const memory = signalsInMemory();
    await processInSpan(
      memory.signals,
      true,
      { ...delivery, ...given },
      'work',
      async (_it, to) => {
        to.ran(run);
        return dead;
      },
    );
    await memory.close();
    return memory.spans()[0]?.attributes;
  };

  test.each<[string, Partial<Delivery>, string | undefined]>([
    ['as it was sent', {}, 'new'],
    ['of the first message, for a copy', { headers: { 'x-swarm-origin-key': 'old' } }, 'old'],
    ['and none that is empty', { routingKey: '' }, undefined],
  ])('names its routing key: %s', async (_what, given, key) => {
    expect((await processed(given))?.['rabbitmq.destination.routing_key']).toBe(key);
  });

  test('tells no sentence for the kind of an error', async () => {
    const run = failedWith('The prompt was: buy', 'You asked for too much');
    expect((await processed({}, run))?.['error.type']).toBe('_OTHER');
  });
});
