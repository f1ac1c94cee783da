import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runtimePackages } from '../../scripts/docs/runtimePackages';
import { packALaterVersion } from '../support/packedPackages';
import { NAME, QUEUE, startInstallWorld, type InstallWorld } from './installWorld';

jest.setTimeout(240_000);

const NODES = [
  'Agent Swarm',
  'Agent Swarm Monitor Trigger',
  'Agent Swarm Trigger',
  'Rate-Limited Chat Model',
];

let world: InstallWorld;
let consuming: string;
beforeAll(async () => {
  world = await startInstallWorld({ mode: 'single' });
});
afterAll(async () => {
  await world?.stop();
});

const nodesFolder = () => join(world.n8n.folderOf('main'), '.n8n', 'nodes');

/** Names of the packages below a node_modules folder, those below them included. */
async function packagesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const manifests = entries.filter(
    ({ name, parentPath }) =>
      name === 'package.json' && /node_modules\/(@[^/]+\/)?[^/]+$/.test(parentPath),
  );
  const read = ({ parentPath }: { parentPath: string }) =>
    readFile(join(parentPath, 'package.json'), 'utf8');
  const texts = await Promise.all(manifests.map(read));
  return texts.map((text) => (JSON.parse(text) as { name: string }).name).sort();
}

// In turn: each begins with what the one before has left, as an installation goes through its life.
test('n8n installs it from its packed file, with what it needs and nothing more', async () => {
  expect(await world.nodes()).toEqual([]);
  const { installedVersion, installedNodes } = await world.install();
  expect(installedVersion).toBe('0.1.0');
  expect(installedNodes).toHaveLength(NODES.length);
  expect(await world.nodes()).toEqual(NODES);
  expect(await world.listed()).toMatchObject([{ packageName: NAME, installedVersion }]);
  const there = await packagesIn(join(nodesFolder(), 'node_modules', NAME, 'node_modules'));
  expect(there).toEqual(runtimePackages().map(({ name }) => name));
});

test('its credentials test, and a task that a webhook dispatches is done', async () => {
  expect(await world.testedCredentials()).toEqual(['OK', 'OK']);
  consuming = await world.publishWorkflows();
  await world.dispatch('main', 'first');
  await world.becomes('done', 'first');
  expect(world.witness.counts().get('first')).toBe(1);
});

test('n8n updates it under a published trigger, which goes on', async () => {
  const change = {
    file: 'dist/nodes/AgentSwarmTrigger/description.js',
    from: 'Agent Swarm Trigger',
    to: 'Agent Swarm Trigger Of Tomorrow',
  };
  world.registry.publish(await packALaterVersion('0.2.0', change));
  expect(await world.listed()).toMatchObject([
    { installedVersion: '0.1.0', updateAvailable: '0.2.0' },
  ]);
  expect(await world.update('0.2.0')).toMatchObject({ installedVersion: '0.2.0' });
  expect(await world.nodes()).toContain(change.to);
  await world.dispatch('main', 'second');
  await world.becomes('done', 'second');
  expect(world.witness.counts().get('second')).toBe(1);
});

test('removed under a published trigger, it leaves the tasks to the next installation', async () => {
  const { n8n, plain, witness } = world;
  await world.uninstall();
  expect(await world.nodes()).toEqual([]);
  expect(await readdir(join(nodesFolder(), 'node_modules'))).toEqual([]);
  // What runs in memory still takes tasks, but n8n no longer knows its nodes.
  await plain.publish(QUEUE, { task_id: 'caught', intent: 'extract' });
  await world.becomes('retrying', 'caught');
  await n8n.restartMain();
  await plain.waitForConsumers(QUEUE, 0);
  await plain.publish(QUEUE, { task_id: 'waiting', intent: 'extract' });
  await plain.waitForDepth(QUEUE, 2, 30_000);

  await world.install();
  const { versionId } = await n8n.api.rest<{ versionId: string }>('GET', `/workflows/${consuming}`);
  await n8n.api.activate({ id: consuming, versionId });
  for (const task of ['caught', 'waiting']) {
    await world.becomes('done', task);
    expect(witness.counts().get(task)).toBe(1);
  }
});
