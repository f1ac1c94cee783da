import { inTurn } from '../support/workflowNodes';
import type { WordsWorld } from './wordsWorld';

const ONCE = { attempts: 1 };
/** Longer than a healthy run takes, even on a machine that is busy. */
const SHORT_LIMIT = { runLimitMinutes: 0.05 };

/** Ends that nobody said: how n8n tells them, or does not. */
export function wordsEnds(started: () => WordsWorld, silent: boolean): void {
  const limited = silent ? { ...ONCE, ...SHORT_LIMIT } : ONCE;

  let world: WordsWorld;
  let node: WordsWorld['node'];
  beforeAll(() => {
    world = started();
    ({ node } = world);
  });

  test('an execution that a person stops is dead-lettered as stopped', async () => {
    const { api } = world.n8n;
    const id = await world.give(
      'stopped',
      [node.http('Read', `${world.outside.url}/hang`)],
      inTurn('Trigger', 'Read'),
    );
    await world.outside.hanging();
    const [running] = await api.recorded(1, { workflowId: id, status: 'running' });
    await api.stopExecution(String(running?.id));
    expect(await world.deadOf('stopped')).toMatchObject({ reason: 'run_stopped' });
    world.outside.letGo();
  });

  test(`a workflow timeout is a failure that may pass${silent ? ', told by the run limit' : ''}`, async () => {
    const queue = 'timeout';
    await world.give(
      queue,
      [node.http('Read', `${world.outside.url}/hang`)],
      inTurn('Trigger', 'Read'),
      {
        options: limited,
        settings: { executionTimeout: 1 },
      },
    );
    expect(await world.deadOf(queue)).toMatchObject({
      reason: 'attempts_used_up',
      error: silent ? 'RunLimit' : 'RunTimeout',
    });
    world.outside.letGo();
  });

  test(`an error that says "canceled" is a failure${silent ? ', told by the run limit' : ''}`, async () => {
    const queue = 'canceled';
    const said = 'the request was canceled by the server';
    await world.give(queue, [node.stop(said)], inTurn('Trigger', 'Break'), {
      options: limited,
    });
    const { reason, error, message } = await world.deadOf(queue);
    expect(reason).toBe('attempts_used_up');
    expect(error).toBe(silent ? 'RunLimit' : 'NodeOperationError');
    if (!silent) expect(message).toContain(said);
  });
}
