import { chatInSpans } from '../../../src/telemetry/chatting';
import { signalsInMemory } from '../../support/signalsInMemory';

const DURATION = 'gen_ai.client.operation.duration';
const WAIT = 'agent_swarm.budget.wait.duration';
const call = { model: 'm', provider: 'openai', budget: 'b', traceparent: undefined };

let memory: ReturnType<typeof signalsInMemory>;
let now = 0;
beforeEach(() => {
  memory = signalsInMemory();
  now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await memory.close();
});

test('the duration of a call that the model repeats is the time with the provider, without the wait between', async () => {
  const chat = chatInSpans(memory.signals, call);
  now = 5_000;
  chat.granted(5_000, undefined);
  now = 6_000;
  chat.repeats('429');
  now = 66_000;
  chat.granted(60_000, 'blocked');
  now = 68_000;
  chat.ended(undefined);
  expect(await memory.told(DURATION)).toMatchObject([{ sum: 3, count: 1 }]);
  expect(await memory.told(WAIT)).toMatchObject([{ sum: 65, count: 2 }]);
  const [span] = memory.spans();
  expect(span?.name).toBe('chat m');
  expect(span?.events.map(({ name, attributes }) => [name, attributes])).toEqual([
    ['attempt failed', { 'error.type': '429' }],
    ['asked again', { 'agent_swarm.budget.wait': 60, 'agent_swarm.budget.waited_for': 'blocked' }],
  ]);
});

test('a call that is not asked again ends with what its first attempt took', async () => {
  const chat = chatInSpans(memory.signals, call);
  chat.granted(0, undefined);
  now = 1_000;
  chat.repeats('429');
  now = 21_000;
  chat.refused('too_late');
  chat.failed('429');
  expect(await memory.told(DURATION)).toMatchObject([
    { sum: 1, count: 1, attributes: { 'error.type': 'too_late' } },
  ]);
  expect(memory.spans()).toHaveLength(1);
});

test('a wait that ended in a refusal counts as a wait', async () => {
  const chat = chatInSpans(memory.signals, call);
  now = 20_000;
  chat.refused('too_late');
  expect(await memory.told(WAIT)).toMatchObject([
    { sum: 20, count: 1, attributes: { 'error.type': 'too_late', 'gen_ai.request.model': 'm' } },
  ]);
});

test('what is no traceparent leaves the wait and the call in one trace', () => {
  const chat = chatInSpans(memory.signals, { ...call, traceparent: 'x' });
  chat.granted(1, 'calls');
  chat.ended(undefined);
  const [wait, asked] = memory.spans();
  expect(asked?.parentSpanContext?.spanId).toBe(wait?.spanContext().spanId);
});
