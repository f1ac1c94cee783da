import { ACTION, startSwarmWorld, type SwarmWorld } from '../support/swarmWorld';
import { draft, inTurn, nodesOf, publish } from '../support/workflowNodes';

jest.setTimeout(300_000);

let world: SwarmWorld;
beforeAll(async () => {
  world = await startSwarmWorld({ mode: 'queue', workers: 1 });
});
afterAll(() => world?.stop());

/** Masters fan their pages out; their joins tell the witness of each child, in its order. */
async function publishMaster(): Promise<void> {
  const { n8n, credentials, witness } = world;
  const node = nodesOf(credentials, witness.url);
  const fanOut = {
    ...node.task('Fan Out', 'fanOut', {
      childrenFrom: 'list',
      children: '={{ $json.data.pages }}',
      to: 'queue',
      queue: 'pages',
      intent: 'extract',
    }),
    credentials,
  };
  const results = {
    ...node.task('Results', 'get', { groupId: '={{ $json.data.group.id }}', returnAll: true }),
    type: ACTION,
  };
  Object.assign(results.parameters, { resource: 'group' });
  const made = draft(
    'master',
    [
      node.trigger('research'),
      node.when('Join?', '={{ $json.intent }}', 'join'),
      results,
      node.effect('joined-{{ $json.index }}'),
      fanOut,
    ],
    [
      ...inTurn('Trigger', 'Join?', 'Results', 'Effect'),
      { from: 'Join?', to: 'Fan Out', output: 1 },
    ],
  );
  await publish(n8n, made);
}

/** Agents end each page with a result; one that is called so fails for good. */
async function publishAgents(): Promise<void> {
  const { n8n, credentials, witness } = world;
  const node = nodesOf(credentials, witness.url);
  const made = draft(
    'agents',
    [
      node.trigger('pages'),
      node.when('Broken?', '={{ $json.ref }}', 'broken'),
      node.task('Give Up', 'deadLetter', { reason: 'it is broken' }),
      node.task('Complete', 'complete', {
        result: '={{ { of: $json.ref, parent: $json.swarm.parent } }}',
      }),
    ],
    [...inTurn('Trigger', 'Broken?', 'Give Up'), { from: 'Broken?', to: 'Complete', output: 1 }],
  );
  await publish(n8n, made);
}

test('a master fans out, its agents work, and their results come back in order, once', async () => {
  const { plain, witness } = world;
  await publishMaster();
  await publishAgents();
  const pages = ['a', 'broken', { ref: 'c', intent: 'analyse' }];
  await plain.publish('research', { task_id: 'm', intent: 'research', data: { pages } });
  await witness.waitFor(({ total }) => total === 3);
  await Promise.all(['research', 'pages'].map((queue) => plain.waitForDepth(queue, 0)));
  const told = ['joined-0', 'joined-1', 'joined-2'].flatMap((key) =>
    witness.bodies(key).map((body) => JSON.parse(body) as object),
  );
  expect(told).toEqual([
    expect.objectContaining({ ref: 'a', state: 'done', result: { of: 'a', parent: 'm' } }),
    expect.objectContaining({ ref: 'broken', state: 'dead', reason: 'dead_lettered' }),
    expect.objectContaining({ intent: 'analyse', result: { of: 'c', parent: 'm' } }),
  ]);
});

test('a test by hand reads the children and sends none', async () => {
  const { n8n, plain, credentials, witness } = world;
  const node = nodesOf(credentials, witness.url);
  const fanOut = {
    ...node.task('Fan Out', 'fanOut', {
      childrenFrom: 'list',
      children: '={{ ["a", "b"] }}',
      to: 'queue',
      queue: 'nowhere',
      intent: 'extract',
    }),
    credentials,
  };
  const json = JSON.stringify({ task_id: 'by-hand', intent: 'research' });
  const trigger = node.trigger('by-hand', { testWith: 'json', testJson: json });
  const { id } = await n8n.api.createWorkflow(
    draft('by hand', [trigger, fanOut], inTurn('Trigger', 'Fan Out')),
  );
  await plain.declare('nowhere');
  const { executionId } = await n8n.api.runManually(id, 'Trigger');
  const { status, data } = await n8n.api.executionEnd(String(executionId));
  expect(status).toBe('success');
  const [run] = data?.resultData.runData['Fan Out'] ?? [];
  expect(run?.data?.main?.[0]?.[0]?.json).toEqual({
    group_id: 'test',
    children: 2,
    published: 0,
    failed: 0,
    known: false,
    test: true,
  });
  expect(await plain.depth('nowhere')).toMatchObject({ ready: 0 });
});
