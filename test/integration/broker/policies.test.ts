import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { integrationCtl } from '../../support/integrationServers';
import { newWorld, type World } from '../../support/world';

jest.setTimeout(60_000);

const DOCS = readFileSync(join(__dirname, '../../../docs/migrating.md'), 'utf8');

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.end());

test('the policy of docs/migrating.md raises the delivery limit of a queue that others made', async () => {
  const { vhost } = world.broker;
  await world.plain.declare('documents');
  const [, name = '', pattern = '', definition = '', ...rest] =
    /^rabbitmqctl set_policy (\S+) '([^']+)' '([^']+)' (\S+) (\S+)$/m.exec(DOCS) ?? [];
  await integrationCtl('set_policy', '-p', vhost, name, pattern, definition, ...rest);
  const queues = await integrationCtl(
    'list_queues',
    '-p',
    vhost,
    'name',
    'policy',
    '--no-table-headers',
  );
  expect(queues).toMatch(/^documents\s+documents-limit$/m);
});
