/** Stops what globalSetup started, and nothing else. */
module.exports = async function tearDown(): Promise<void> {
  const started = Symbol.for('agent-swarm.integration.started');
  const stops = (globalThis as Record<symbol, unknown>)[started] as (() => Promise<unknown>)[];
  await Promise.all((stops ?? []).map((stop) => stop()));
};
