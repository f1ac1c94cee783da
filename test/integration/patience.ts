/**
 * Real servers on a machine that does other things too: a test that waits for an event may have to wait for longer than 5 s. On a
 * RabbitMQ cluster each of some twenty queues that a consumer declares is made three times.
 */
jest.setTimeout(process.env.AGENT_SWARM_TEST_BROKER === 'cluster' ? 120_000 : 30_000);
