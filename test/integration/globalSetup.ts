import { VARIABLE, type IntegrationServers } from '../support/integrationServers';
import { startRabbitMq } from '../support/rabbitMq';
import { startRedis } from '../support/redis';

type Stop = () => Promise<unknown>;

// Jest's globalTeardown shares this process and its globals, but not its modules.
const STARTED = Symbol.for('agent-swarm.integration.started');

/** One RabbitMQ and one Redis for the run. If they cannot be had the run fails: nothing is skipped. */
module.exports = async function setUp(): Promise<void> {
  const stops: Stop[] = [];
  (globalThis as Record<symbol, unknown>)[STARTED] = stops;
  try {
    const [broker, store] = await Promise.all([
      startRabbitMq().then((it) => (stops.push(it.stop), it)),
      startRedis().then((it) => (stops.push(it.stop), it)),
    ]);
    const servers: IntegrationServers = { broker: broker.node, storeUrl: store.url };
    process.env[VARIABLE] = JSON.stringify(servers);
  } catch (cause) {
    await Promise.all(stops.map((stop) => stop()));
    throw cause;
  }
};
