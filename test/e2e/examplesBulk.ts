import type { ExamplesWorld } from './examplesWorld';

const BULK = 60;
const LIVE = 5;
/** Bulk tasks that must still be waiting for their end when the last live request has ended. */
const STILL_TO_COME = 30;
const LATENCY_MS = 200;
/** A new budget may stay closed for a minute. */
const PATIENCE_MS = 120_000;

export function examplesBulk(started: () => ExamplesWorld): void {
  test('live requests end while the nightly bulk still waits', async () => {
    const world = started();
    const { provider, tasks } = world;
    provider.configure({
      answer: ({ text }) => `About ${/product:\d+/.exec(text)?.[0]}`,
      latencyMs: LATENCY_MS,
    });
    const before = provider.calls.length;
    const items = `Array.from({ length: ${BULK} }, (_, index) => ({ json: { product: index } }))`;
    const workflow = await world.publish('nightly-bulk.json', {
      Bulk: { jsCode: `return ${items};` },
    });
    const sent = await world.send(workflow, 'Dispatch Bulk');
    expect(sent).toHaveLength(BULK);
    await provider.waitFor((calls) => calls.length > before, PATIENCE_MS);

    const refs = Array.from({ length: LIVE }, (_, index) => `product:${1000 + index}`);
    const answers = await Promise.all(refs.map((ref) => world.post('work', { ref })));
    expect(answers.map(({ status }) => status)).toEqual(refs.map(() => 202));
    const live = answers.map(({ json }) => json);
    const results = live.map(({ key }) => world.resultOf(key));
    expect(await Promise.all(results)).toEqual(refs.map((ref) => `About ${ref}`));
    for (const { key } of sent) await tasks.named(key, 'done', PATIENCE_MS);

    const endsOf = (which: typeof sent) =>
      which.map(({ task_id }) => {
        const calls = provider.calls.filter(({ taskId }) => taskId === task_id);
        expect(calls).toHaveLength(1);
        return Number(calls[0]?.endedAt);
      });
    const lastLive = Math.max(...endsOf(live));
    const afterIt = endsOf(sent).filter((end) => end > lastLive);
    expect(afterIt.length).toBeGreaterThanOrEqual(STILL_TO_COME);
  });
}
