import { NO_TELEMETRY, provideTelemetry, type Chat } from '../../../../src/contract/telemetry';
import { gateAt, request } from './fakeDesk';

const told: unknown[][] = [];
const chat: Chat = {
  granted: (...given) => told.push(['granted', ...given]),
  repeats: (...given) => told.push(['repeats', ...given]),
  refused: (...given) => told.push(['refused', ...given]),
  ended: (...given) => told.push(['ended', ...given]),
  failed: (...given) => told.push(['failed', ...given]),
};
beforeEach(() => {
  told.length = 0;
  provideTelemetry(() => ({ ...NO_TELEMETRY, chat: () => chat }));
});
afterEach(() => provideTelemetry(() => NO_TELEMETRY));

test('a call that the model repeats tells each wait with its own reason, and why it was repeated', async () => {
  const made: ReturnType<typeof gateAt> = gateAt((options, nth) => {
    if (nth === 1) {
      const constraint = 'requests in a minute';
      options.onWait?.({ kind: 'wait', constraint } as never);
    }
    return made.granted(nth);
  });
  await made.gate.enter('run', request);
  await made.gate.repeat(Object.assign(new Error('x'), { status: 429 }), 2);
  await made.gate.end('run', { generations: [] });
  expect(told).toEqual([
    ['granted', 5, 'requests in a minute'],
    ['repeats', '429'],
    ['granted', 5, undefined],
    ['ended', undefined],
  ]);
  // A person sees one call, and what was in its way.
  expect(made.shown).toMatchObject([{ waited_for: 'requests in a minute' }]);
});
