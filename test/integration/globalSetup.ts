import { writeFile } from 'node:fs/promises';

import { VARIABLE, type IntegrationServers } from '../support/integrationServers';
import { startSharedBroker, startSharedStore } from '../support/sharedServers';

type Stop = () => Promise<unknown>;

// Jest's globalTeardown shares this process and its globals, but not its modules.
const STARTED = Symbol.for('agent-swarm.integration.started');

/**
 * One RabbitMQ and one Redis for the run, or what `npm run test:matrix` names in their place. If they cannot be had the run fails:
 * nothing is skipped.
 */
module.exports = async function setUp(): Promise<void> {
  const { AGENT_SWARM_TEST_BROKER, AGENT_SWARM_TEST_STORE, AGENT_SWARM_TEST_VERSIONS } =
    process.env;
  const stops: Stop[] = [];
  (globalThis as Record<symbol, unknown>)[STARTED] = stops;
  try {
    const [broker, store] = await Promise.all([
      startSharedBroker(AGENT_SWARM_TEST_BROKER).then((it) => (stops.push(it.stop), it)),
      startSharedStore(AGENT_SWARM_TEST_STORE).then((it) => (stops.push(it.stop), it)),
    ]);
    const servers: IntegrationServers = { broker: broker.node, store: store.address };
    process.env[VARIABLE] = JSON.stringify(servers);
    if (AGENT_SWARM_TEST_VERSIONS) {
      const titles = { broker: broker.title, store: store.title };
      await writeFile(AGENT_SWARM_TEST_VERSIONS, JSON.stringify(titles));
    }
  } catch (cause) {
    await Promise.all(stops.map((stop) => stop()));
    throw cause;
  }
};
