/**
 * Names of the semantic conventions 1.45 for messaging and for generative AI, and our own. They are kept here because the conventions are
 * in development, and so is the package that lists them.
 */
export const ATTRIBUTE = {
  errorType: 'error.type',
  /** The name before 1.42, which most backends look for; both are told. */
  messagingSystem: 'messaging.system',
  messagingSystemName: 'messaging.system.name',
  operationName: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  destinationTemplate: 'messaging.destination.template',
  routingKey: 'rabbitmq.destination.routing_key',
  messageId: 'messaging.message.id',
  conversationId: 'messaging.message.conversation_id',
  bodySize: 'messaging.message.body.size',
  genAiOperation: 'gen_ai.operation.name',
  genAiProvider: 'gen_ai.provider.name',
  genAiModel: 'gen_ai.request.model',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  tokenType: 'gen_ai.token.type',
} as const;

export const OWN = {
  taskId: 'agent_swarm.task.id',
  taskKey: 'agent_swarm.task.key',
  intent: 'agent_swarm.task.intent',
  attempt: 'agent_swarm.attempt',
  crashes: 'agent_swarm.crashes',
  runEnd: 'agent_swarm.run.end',
  verdict: 'agent_swarm.verdict',
  reason: 'agent_swarm.reason',
  delay: 'agent_swarm.delay',
  budget: 'agent_swarm.budget.name',
  budgetWait: 'agent_swarm.budget.wait',
  waitedFor: 'agent_swarm.budget.waited_for',
} as const;

export const METRIC = {
  sent: 'messaging.client.sent.messages',
  sendDuration: 'messaging.client.operation.duration',
  consumed: 'messaging.client.consumed.messages',
  processDuration: 'messaging.process.duration',
  chatDuration: 'gen_ai.client.operation.duration',
  tokens: 'gen_ai.client.token.usage',
} as const;

export const OWN_METRIC = {
  settled: 'agent_swarm.deliveries.settled',
  budgetWait: 'agent_swarm.budget.wait.duration',
} as const;

/** Upper bounds that the conventions ask for: seconds of a message, seconds of a call, tokens. */
export const BUCKETS = {
  messaging: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  chat: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  tokens: Array.from({ length: 14 }, (_, power) => 4 ** power),
};
