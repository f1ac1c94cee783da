import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { startInstallWorld, type InstallWorld } from './installWorld';

jest.setTimeout(240_000);

const INSTALLED = /Community package installed: n8n-nodes-agent-swarm/;

let world: InstallWorld | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

test('installed on the main, it comes to workers and webhook processes; an empty one gets it when it starts', async () => {
  world = await startInstallWorld({
    ...{ mode: 'queue', workers: 1, webhooks: 1 },
    env: { N8N_REINSTALL_MISSING_PACKAGES: 'true' },
  });
  const { n8n, witness } = world;
  await world.install();
  await Promise.all(['worker0', 'webhook0'].map((name) => n8n.logged(name, INSTALLED)));
  await world.publishWorkflows();
  await world.dispatch('webhook0', 'first');
  await world.becomes('done', 'first');

  // As a container that comes up without a volume.
  await n8n.stopProcess('worker0');
  await rm(join(n8n.folderOf('worker0'), '.n8n', 'nodes'), { recursive: true });
  await n8n.restart('worker0');
  await n8n.logged('worker0', INSTALLED);
  await world.dispatch('webhook0', 'second');
  await world.becomes('done', 'second');
  expect(Object.fromEntries(witness.counts())).toEqual({ first: 1, second: 1 });
});

test('copied to where n8n looks for packs, it runs in the main, a worker and a webhook process', async () => {
  world = await startInstallWorld({ mode: 'queue', workers: 1, webhooks: 1, copied: true });
  await world.publishWorkflows();
  await world.dispatch('webhook0', 'only');
  await world.becomes('done', 'only');
  expect(world.witness.counts().get('only')).toBe(1);
});
