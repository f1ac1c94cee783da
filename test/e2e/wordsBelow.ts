import { draft, inTurn, publish } from '../support/workflowNodes';
import type { WordsWorld } from './wordsWorld';

/** Words of sub-workflows and of agents. */
export function wordsBelow(started: () => WordsWorld): void {
  let world: WordsWorld;
  let node: WordsWorld['node'];
  beforeAll(() => {
    world = started();
    ({ node } = world);
  });

  describe('from a sub-workflow that was told nothing', () => {
    let below: string;
    beforeAll(async () => {
      const nodes = [node.called(), node.forget(), node.task('Say', 'complete')];
      const workflow = draft('below', nodes, inTurn('Called', 'Forget', 'Say'));
      below = (await publish(world.n8n, workflow)).id;
    });

    test('Complete ends the task of the run that called it', async () => {
      await world.give(
        'called',
        [node.forget(), node.call(below), node.stop()],
        inTurn('Trigger', 'Forget', 'Call', 'Break'),
      );
      await world.inState('called', 'done');
    });

    test('Complete ends it from two workflows below', async () => {
      const nodes = [node.called(), node.forget(), node.call(below)];
      const middle = draft('middle', nodes, inTurn('Called', 'Forget', 'Call'));
      const { id } = await publish(world.n8n, middle);
      await world.give('far', [node.call(id), node.stop()], inTurn('Trigger', 'Call', 'Break'));
      await world.inState('far', 'done');
    });

    test('Complete ends it when an agent calls the workflow as a tool', async () => {
      await world.give(
        'agent',
        [node.agent(), node.model(world.openAi), node.callTool(below), node.stop()],
        [
          ...inTurn('Trigger', 'Agent', 'Break'),
          { from: 'Model', to: 'Agent', as: 'ai_languageModel' },
          { from: 'Ask', to: 'Agent', as: 'ai_tool' },
        ],
      );
      await world.inState('agent', 'done');
    });
  });

  test('an agent says Dead-Letter as a tool, for a reason of its own', async () => {
    const reason = "={{ $fromAI('reason', 'Why it is given up', 'string') }}";
    const queue = 'agent-tool';
    await world.give(
      queue,
      [
        node.agent(),
        node.model(world.openAi),
        node.taskTool('Give Up', 'deadLetter', { reason }),
        node.effect('agent-said'),
      ],
      [
        ...inTurn('Trigger', 'Agent', 'Effect'),
        { from: 'Model', to: 'Agent', as: 'ai_languageModel' },
        { from: 'Give Up', to: 'Agent', as: 'ai_tool' },
      ],
    );
    expect(await world.deadOf(queue)).toMatchObject({
      reason: 'dead_lettered',
      message: 'unreadable',
    });
    // What the agent is told is what happened, and nothing of the task.
    const { output } = await world.effectOf('agent-said');
    expect(output).toContain('dead_lettered');
    expect(output).not.toContain('swarm');
  });
}
