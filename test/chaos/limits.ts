/** What the triggers are set to. */
export const PREFETCH = 20;
export const BATCH = 25;
/** Two batches of five have an item whose run never reports, and hold their places until the run limit. */
export const BATCHES = 20;
export const RUN_LIMIT_SECONDS = 30;
export const LEASE_SECONDS = 10;
/** RabbitMQ closes a connection that was silent for two to three of them. */
export const HEARTBEAT_SECONDS = 5;
