import type { N8nOptions } from '../support/n8n';
import { wordsBelow } from './wordsBelow';
import { wordsEnds } from './wordsEnds';
import { inTurn, type NodeDraft } from '../support/workflowNodes';
import { startWordsWorld, type WordsWorld } from './wordsWorld';

const ONCE = { attempts: 1 };

/**
 * Words in a real n8n, the same in both modes.
 *
 * @param silent whether n8n never tells the end of what it calls canceled, so that the run limit has to
 */
export function words(
  mode: Pick<N8nOptions, 'mode' | 'workers'>,
  { silent }: { silent: boolean },
): void {
  let world: WordsWorld;
  let node: WordsWorld['node'];

  beforeAll(async () => {
    world = await startWordsWorld(mode);
    ({ node } = world);
  });
  afterAll(async () => {
    await world?.stop();
  });

  describe('on an error output', () => {
    const onError = { onError: 'continueErrorOutput' } as const;

    test('Fail gives up what another attempt cannot mend', async () => {
      await world.give(
        'gone',
        [node.http('Read', `${world.outside.url}/gone`, onError), node.task('Say', 'fail')],
        [...inTurn('Trigger', 'Read'), { from: 'Read', to: 'Say', output: 1 }],
      );
      expect(await world.deadOf('gone')).toMatchObject({
        reason: 'run_failed',
        http_status: 404,
        node: 'Say',
        execution: expect.stringMatching(/^\d+$/),
      });
    });

    test('Fail waits as long as the other side asks, and no attempt is counted', async () => {
      await world.give(
        'asked',
        [
          node.http('Read', `${world.outside.url}/once-busy`, onError),
          node.task('Say', 'fail'),
          node.effect("{{ $('Trigger').item.json.task_id }}", "={{ $('Trigger').item.json }}"),
        ],
        [...inTurn('Trigger', 'Read', 'Effect'), { from: 'Read', to: 'Say', output: 1 }],
        { options: ONCE },
      );
      expect(await world.effectOf('asked')).toMatchObject({ swarm: { attempt: 1 } });
      const { throttles, attempts } = await world.inState('asked', 'done');
      expect([Number(throttles), Number(attempts)]).toEqual([1, 0]);
    });
  });

  test('Retry Later lets the task run again, counted when it shall count', async () => {
    const parameters = { delay: 'fixed', after: 0.2, afterUnit: 'seconds', countsAsAttempt: true };
    await world.give(
      'later',
      [node.firstAttempt(), node.task('Say', 'retryLater', parameters), node.effect()],
      [...inTurn('Trigger', 'First?', 'Say'), { from: 'First?', to: 'Effect', output: 1 }],
    );
    expect(await world.effectOf('later')).toMatchObject({ swarm: { attempt: 2 } });
    await world.inState('later', 'done');
  });

  test('Dead-Letter gives up a task whose run succeeds', async () => {
    const parameters = { reason: '={{ $json.task_id }} is empty' };
    await world.give(
      'empty',
      [node.task('Say', 'deadLetter', parameters)],
      inTurn('Trigger', 'Say'),
    );
    expect(await world.deadOf('empty')).toMatchObject({
      reason: 'dead_lettered',
      message: 'empty is empty',
    });
  });

  test("a model's 429 is throttled although the chain above it hides the status", async () => {
    await world.give(
      'busy',
      [
        node.chain(),
        node.model(world.openAi),
        node.effect("{{ $('Trigger').item.json.task_id }}", "={{ $('Trigger').item.json }}"),
      ],
      [
        ...inTurn('Trigger', 'Chain', 'Effect'),
        { from: 'Model', to: 'Chain', as: 'ai_languageModel' },
      ],
      { options: ONCE },
    );
    expect(await world.effectOf('busy')).toMatchObject({ swarm: { attempt: 1 } });
    expect((await world.inState('busy', 'done')).throttles).toBe('1');
  });

  describe('after a Wait node', () => {
    /** A task whose run stands at its Wait node; gives the address that ends the wait. */
    async function parked(queue: string, after: NodeDraft): Promise<string> {
      await world.give(
        queue,
        [
          node.effect(`${queue}-url`, '={{ { "url": $execution.resumeUrl } }}'),
          node.wait(),
          node.forget(),
          after,
        ],
        inTurn('Trigger', 'Effect', 'Wait', 'Forget', after.name),
      );
      await world.inState(queue, 'waiting');
      await world.plain.waitForUnacked(queue, 0);
      const { pathname, search } = new URL((await world.effectOf(`${queue}-url`)).url as string);
      // A worker does not know the address of the main.
      return `${world.n8n.url}${pathname}${search}`;
    }

    test('Complete ends the task', async () => {
      const url = await parked('parked', node.task('Say', 'complete'));
      expect((await fetch(url)).status).toBe(200);
      await world.inState('parked', 'done');
    });

    test('Fail gives it up', async () => {
      const say = node.task('Say', 'fail', { message: 'nobody agreed', httpStatus: '422' });
      const url = await parked('refused', say);
      expect((await fetch(url)).status).toBe(200);
      expect(await world.deadOf('refused')).toMatchObject({ message: 'nobody agreed' });
    });
  });

  test('Get and Cancel work from another workflow by queue and key', async () => {
    const queue = 'elsewhere';
    await world.give(
      queue,
      [node.http('Read', `${world.outside.url}/hang`)],
      inTurn('Trigger', 'Read'),
    );
    await world.inState(queue, 'live');
    const named = { task: 'key', queue, key: queue };
    const [report] = await world.byHand([node.task('Look', 'get', named)], inTurn('Start', 'Look'));
    expect(report).toMatchObject({ key: queue, state: 'live', attempts: 0 });
    const cancel = { ...named, options: { includeResult: true } };
    const [told] = await world.byHand([node.task('Say', 'cancel', cancel)], inTurn('Start', 'Say'));
    expect(told?.canceled).toEqual({ recorded: true, state: 'canceled', test: false });
    world.outside.letGo();
    await world.plain.waitForUnacked(queue, 0, 120_000);
    expect(await world.inState(queue, 'canceled')).toMatchObject({ state: 'canceled' });
    expect((await world.plain.depth(`${queue}.dead`)).ready).toBe(0);
  });

  wordsBelow(() => world);
  wordsEnds(() => world, silent);
}
