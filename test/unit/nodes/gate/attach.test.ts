import { attach, NotAModelError } from '../../../../nodes/RateLimitedChatModel/attach';
import { gateOwnRetries } from '../../../../nodes/RateLimitedChatModel/ownRetries';
import type { BlockingCallback } from '../../../../nodes/RateLimitedChatModel/langchain';
import { openGate } from './fakeDesk';

const estimating = { charsPerToken: 4, longestAnswer: 100 };
const tracing = {};
const put = (model: unknown, node = 'Gate') => {
  const { gate, asked, told } = openGate();
  attach(model, node, gate, estimating);
  return { gate, asked, told };
};

describe('the gate among the callbacks', () => {
  test('stands first in the list that is there, and in the one that models with tools are made of', () => {
    const callbacks = [tracing];
    const older = [tracing];
    put({ callbacks, fields: { callbacks: older }, lc_kwargs: { callbacks } });
    for (const list of [callbacks, older]) {
      expect(list).toEqual([expect.objectContaining({ awaitHandlers: true }), tracing]);
    }
    expect(callbacks[0]).not.toHaveProperty('name');
  });

  test('stands there once a node, the latest one', async () => {
    const callbacks: unknown[] = [tracing];
    put({ callbacks });
    const { asked } = put({ callbacks });
    put({ callbacks }, 'Another');
    expect(callbacks).toHaveLength(3);
    await (callbacks[1] as BlockingCallback).handleLLMStart({}, ['x'], 'run');
    expect(asked).toHaveLength(1);
  });

  test('makes a list where there is none', () => {
    const model = { fields: {} };
    put(model);
    expect(model).toMatchObject({ callbacks: [{ raiseError: true }] });
    expect(model.fields).toEqual({ callbacks: (model as { callbacks?: unknown }).callbacks });
  });

  test('is refused where it would be passed by', () => {
    expect(() => put(undefined)).toThrow(NotAModelError);
    expect(() => put({ callbacks: { handlers: [] } })).toThrow(NotAModelError);
  });
});

describe('requests that a model repeats', () => {
  const failing = Object.assign(new Error('x'), { status: 500 });

  test.each([
    ['its own', (model: Model) => model.caller],
    ['that of the model it is made of', (model: Model) => model.completions.caller],
    ['that of a model with tools', (model: Model) => model.fields],
  ])('pass the gate, whatever the caller: %s', async (_which, callerOf) => {
    const model = modelOf();
    const { gate, asked } = openGate();
    gateOwnRetries(model, gate);
    await gate.enter('run', { model: 'm', input: 1, output: 1 });
    await callerOf(model).onFailedAttempt(failing);
    expect([model.failed.length, asked.length]).toEqual([1, 2]);
  });

  test('what the model itself will not repeat asks for nothing', async () => {
    const model = modelOf(true);
    const { gate, asked, told } = openGate();
    gateOwnRetries(model, gate);
    await gate.enter('run', { model: 'm', input: 1, output: 1 });
    await expect(model.caller.onFailedAttempt(failing)).rejects.toBe(failing);
    expect([asked.length, told.length]).toEqual([1, 0]);
  });

  test('an error that n8n made of the first one leads back to it, unseen by who records it', async () => {
    const made = new Error('too many requests');
    const { gate } = openGate();
    const throwing = {
      onFailedAttempt: async (_error: unknown): Promise<void> => {
        throw made;
      },
    };
    gateOwnRetries({ caller: throwing }, gate);
    const refused = Object.assign(new Error('429'), { headers: { 'retry-after': '40' } });
    await expect(throwing.onFailedAttempt(refused)).rejects.toBe(made);
    expect(made.cause).toBe(refused);
    expect(Object.keys(made)).toEqual([]);
  });

  test('a model that cannot be watched makes one attempt', () => {
    const model = { maxRetries: 2 };
    gateOwnRetries(model, openGate().gate);
    expect(model.maxRetries).toBe(0);
  });

  type Model = ReturnType<typeof modelOf>;
  function modelOf(final = false) {
    const failed: unknown[] = [];
    const onFailedAttempt: (error: unknown) => unknown = (error) => {
      failed.push(error);
      if (final) throw error;
    };
    return {
      failed,
      caller: { onFailedAttempt },
      completions: { caller: { onFailedAttempt } },
      fields: { onFailedAttempt },
    };
  }
});
